"""A spec of AWS Proton's worker-fargate-svc: the stack of each instance, and the pipeline.

The schema: service-templates/worker-fargate-svc/v1/schema/schema.yaml of
aws-samples/aws-proton-cloudformation-sample-templates.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from worker_ops.errors import OpsError
from worker_ops.migrate.conversion import Conversion, Part, convert_parts, slug
from worker_ops.migrate.field import Field
from worker_ops.migrate.message_size import accept_as_before
from worker_ops.migrate.report import Report

KIND, ENVIRONMENT_KIND = "ServiceSpec", "EnvironmentSpec"
UNKNOWN = "worker-fargate-svc has no such input: a changed template is not converted; see what it did with it"

#: https://docs.aws.amazon.com/proton/latest/APIReference/API_ServiceInstance.html
_NAME = r"[0-9A-Za-z][0-9A-Za-z_-]{0,99}"
_TASK_SIZES = ("x-small", "small", "medium", "large", "x-large")
_KEPT = "Proton kept the value of the spec that it had stored: look it up in the deployed stack's parameters"
_IMAGE = "each run of the pipeline replaced it: set the image that runs now, pulumi config set image (MIGRATION.md)"

#: The preset with the template's steps.
SCALING = "proton"

#: What the template fixes: tries, SQS's defaults, 1 to 10 tasks, and no health check of the container.
_FIXED = {
    "scaling": SCALING,
    "min_count": 1,
    "desired_count": 1,
    "max_count": 10,
    "task_size": "x-small",
    "visibility_timeout_seconds": 30,
    "message_retention_seconds": 345_600,
    "max_receive_count": 3,
    "health_check": {"enabled": False},
}


@dataclass
class ServiceSpec:
    """What becomes of a service's spec."""

    stacks: dict[str, Conversion] = field(default_factory=dict)
    """Of each instance, by the name of its stack."""
    pipeline: dict[str, Any] | None = None
    """Arguments of PipelineComponent that the spec gives."""


def refuse_other_kinds(source: Field, kind: str) -> None:
    """Raises OpsError where the file is not a spec of that kind."""
    found = source.get("proton")
    if found is None or found.text != kind:
        said = "nothing" if found is None else repr(found.text)
        place = source.place if found is None else found.place
        raise OpsError(f"{place}: proton: {said} is not {kind}")


def convert_service_spec(
    source: Field, service: str, environment_stacks: Mapping[str, str], report: Report
) -> ServiceSpec:
    """`environment_stacks` are names of CloudFormation stacks by those of Proton's environments. Raises OpsError."""
    refuse_other_kinds(source, KIND)
    report.mapped(source.fields["proton"], "Pulumi.yaml")
    spec = ServiceSpec()
    instances = source.get("instances")
    if instances is None or not instances.items:
        raise OpsError(f"{source.place.file}: instances: required, with name and environment of each")
    for instance in instances.items:
        name, conversion = _instance(instance, service, environment_stacks, report)
        if name in spec.stacks:
            raise OpsError(f"{instance.place}: {instance.path}: its stack would be {name}, as another one's")
        spec.stacks[name] = conversion
    if pipeline := source.get("pipeline"):
        settings = Conversion("", "", service, report)
        convert_parts(pipeline, settings, PIPELINE_PARTS)
        spec.pipeline = settings.args
    report.settle(source, (), UNKNOWN)
    return spec


def _instance(
    source: Field, service: str, environment_stacks: Mapping[str, str], report: Report
) -> tuple[str, Conversion]:
    name, environment = source.get("name"), source.get("environment")
    if name is None or not name.text or environment is None or not environment.text:
        raise OpsError(f"{source.place}: {source.path}: name and environment are required")
    for named in (name, environment):
        if not re.fullmatch(_NAME, named.text or ""):
            raise OpsError(f"{named.place}: {named.path}: {named.text!r} is no name that Proton takes")
    conversion = Conversion("", environment.text, service, report)
    stack = environment_stacks.get(environment.text)
    _set_network(conversion, stack or f"AWSProton-{environment.text}-cloudformation--FILL-IN", public=True)
    if stack:
        report.mapped(environment, "cluster_arn, vpc_id, subnet_ids, topics.ping.topic_arn")
    else:
        report.by_hand(
            environment,
            "name the CloudFormation stack of the environment in the stack file, in place of"
            f" AWSProton-{environment.text}-cloudformation--FILL-IN, or here with --environment-stack",
        )
    conversion.args |= _FIXED
    if spec := source.get("spec"):
        convert_parts(spec, conversion, SPEC_PARTS)
    accept_as_before(conversion)
    stack_name = _stack_name(name.text, service)
    report.mapped(name, f"stack {stack_name}")
    return stack_name, conversion


def _set_network(conversion: Conversion, stack: str, *, public: bool) -> None:
    """By the outputs of the environment's stack; what comes behind | is their name in the Terraform templates."""
    kind = "Public" if public else "Private"
    conversion.network = {
        "cluster_arn": f"${{aws:output {stack} ClusterArn}}",
        "vpc_id": f"${{aws:output {stack} VPC|VpcId}}",
        "subnet_ids": [
            f"${{aws:output {stack} {kind}Subnet1|{kind}SubnetOneId}}",
            f"${{aws:output {stack} {kind}Subnet2|{kind}SubnetTwoId}}",
        ],
        "assign_public_ip": public,
    }
    conversion.args["topics"] = {"ping": {"topic_arn": f"${{aws:output {stack} SNSTopicArn|SnsTopicArn|SNSTopic}}"}}


def _stack_name(instance: str, service: str) -> str:
    """At most 20 characters, which a pipeline's target has; what the service's own name says is left out."""
    short = instance.removeprefix(f"{service}-")
    return instance if len(instance) <= 20 else slug(short, 20)


def _kept(source: Field, conversion: Conversion) -> bool:
    """Whether the field asks for a value that Proton alone had."""
    if source.text != "${Proton::CURRENT_VAL}":
        return False
    conversion.report.by_hand(source, _KEPT)
    return True


def _desired_count(source: Field, conversion: Conversion) -> None:
    count = None if _kept(source, conversion) else conversion.whole(source, 1, 5_000)
    if count is not None:
        conversion.args["max_count"] = max(10, count)
        conversion.put(source, "desired_count", count)


def _task_size(source: Field, conversion: Conversion) -> None:
    if _kept(source, conversion):
        return
    if source.text in _TASK_SIZES:
        conversion.put(source, "task_size", source.text)
    else:
        conversion.report.not_understood(source, f"{source.text!r} is not one of {', '.join(_TASK_SIZES)}")


def _subnet_type(source: Field, conversion: Conversion) -> None:
    if _kept(source, conversion):
        return
    if source.text not in ("public", "private"):
        conversion.report.not_understood(source, f"{source.text!r} is not public or private")
        return
    is_public = source.text == "public"
    texts = [text if is_public else text.replace("Public", "Private") for text in conversion.network["subnet_ids"]]
    conversion.network |= {"subnet_ids": texts, "assign_public_ip": is_public}
    conversion.report.mapped(source, "subnet_ids, assign_public_ip")


def _image(source: Field, conversion: Conversion) -> None:
    conversion.report.by_hand(source, _IMAGE)


SPEC_PARTS: dict[str, Part] = {
    "desired_count": _desired_count,
    "task_size": _task_size,
    "subnet_type": _subnet_type,
    "image": _image,
}


def _pipeline_text(source: Field, conversion: Conversion) -> None:
    said = None if _kept(source, conversion) else conversion.word(source)
    if said is not None:
        conversion.put(source, source.parts[-1], said)


def _account_ids(source: Field, conversion: Conversion) -> None:
    ids = [text.strip() for text in (source.text or "").split(",") if text.strip()]
    if all(re.fullmatch(r"[0-9]{12}", text) for text in ids):
        conversion.put(source, "environment_account_ids", ids)
    else:
        conversion.report.not_understood(source, "is not a list of AWS account ids with commas between them")


PIPELINE_PARTS: dict[str, Part] = {
    "service_dir": _pipeline_text,
    "dockerfile": _pipeline_text,
    "unit_test_command": _pipeline_text,
    "environment_account_ids": _account_ids,
}
