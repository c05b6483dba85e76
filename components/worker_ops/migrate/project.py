"""The Pulumi project of one service: its program, a stack file for each environment, and what `pulumi up` needs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

import yaml

from worker_ops.migrate.conversion import Conversion

_DISTRIBUTION = "pulumi-worker-service"
_ADDRESS = "git+https://github.com/worker-service/pulumi-worker-service"

#: What YAML reads as a text whoever reads it; all else is put into quotes.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")
_WORDS = frozenset(("true", "false", "yes", "no", "on", "off", "y", "n", "null"))

_PROGRAM = '''\
"""The worker service {service}, which {origin} ran: MIGRATION.md says what became of each field."""

import re
from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws

from worker_service import PipelineComponent, WorkerService

#: What the stack's config has as ${aws:...}, because AWS alone knows it.
LOOK_UPS: dict[str, Callable[[str], str]] = {
    "account_id": lambda _: aws.get_caller_identity().account_id,
    "partition": lambda _: aws.get_partition().partition,
    "region": lambda _: aws.get_region().region,
    "export": lambda name: aws.cloudformation.get_export(name=name).value,
    "output": lambda asked: output(*asked.split()),
    "secret": lambda name: aws.secretsmanager.get_secret(name=name).arn,
}
LOOK_UP = re.compile(r"\\$\\{aws:(account_id|partition|region|export|output|secret) ?([^}]*)\\}")
OUTPUTS = (
    "topic_arn",
    "topic_arns",
    "queue_url",
    "queue_arn",
    "dead_letter_queue_url",
    "queues",
    "service_name",
    "task_role_arn",
    "log_group_name",
    "required_policies",
)


def output(stack: str, names: str) -> str:
    """An output of a CloudFormation stack, by the first of its names that there is."""
    outputs = aws.cloudformation.get_stack(name=stack).outputs
    found = [outputs[name] for name in names.split("|") if name in outputs]
    if not found:
        raise pulumi.RunError(f"the CloudFormation stack {stack} has no output {names.replace('|', ' or ')}")
    return found[0]


def known(value: Any) -> Any:
    """The value, with what AWS says in place of each ${aws:...}."""
    if isinstance(value, dict):
        return {key: known(item) for key, item in value.items()}
    if isinstance(value, list):
        return [known(item) for item in value]
    return LOOK_UP.sub(lambda found: LOOK_UPS[found[1]](found[2]), value) if isinstance(value, str) else value


config = pulumi.Config()
#: Live resources that are taken over in place of making them: ids by the names that the component gives them.
live: dict[str, str] = config.get_object("adopt") or {}


def adopted(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult:
    """Import a resource of these names; all others are made."""
    importing = pulumi.ResourceOptions(import_=live.get(args.name))
    return pulumi.ResourceTransformResult(args.props, pulumi.ResourceOptions.merge(args.opts, importing))


pipeline = config.get_object("pipeline")
if pipeline:
    pulumi.export("pipeline_url", PipelineComponent("pipeline", pipeline).pipeline_url)

settings = config.get_object("worker")
if settings:
    network = known(config.require_object("network"))
    # An export of CloudFormation's is one text: subnets have commas between them.
    network["subnet_ids"] = ",".join(network["subnet_ids"]).split(",")
    # A pipeline passes the image that it built; the first one is set by hand.
    image = config.get("image")
    arguments = {**network, **known(settings), **({"image": image} if image else {})}
    options = pulumi.ResourceOptions(transforms=[adopted]) if live else None
    worker = WorkerService("{service}", arguments, options)
    for name in OUTPUTS:
        pulumi.export(name, getattr(worker, name))
    pulumi.export("cluster_arn", network["cluster_arn"])
'''

_PROJECT = """\
name: {name}
description: {description}
runtime:
  name: python
  options:
    toolchain: pip
    virtualenv: .venv
"""

_ENVIRONMENT = '''\
"""The environment {service}, in place of the one that {origin} made: a network, a cluster and the shared topic."""

import pulumi

from worker_service import Environment

environment = Environment("environment", pulumi.Config().require_object("environment"))
for name in ("vpc_id", "public_subnet_ids", "private_subnet_ids", "cluster_arn", "shared_topic_arns"):
    pulumi.export(name, getattr(environment, name))
'''

_STACK = """\
# Written by `workers migrate`: MIGRATION.md says what became of each field. Set aws:region before the first preview.
"""


def project_files(
    service: str, origin: str, stacks: Mapping[str, Conversion], pipelines: Sequence[Mapping[str, Any]]
) -> dict[str, str]:
    """The texts of the project's files, by their names."""
    files = _program(service, f"The worker service {service}, which {origin} ran", _filled(_PROGRAM, service, origin))
    for name, conversion in stacks.items():
        config = {f"{service}:network": conversion.network, f"{service}:worker": conversion.args}
        files[f"Pulumi.{name}.yaml"] = _STACK + stack_yaml({"config": config})
    # An environment may be called pipeline, too.
    names = ("pipeline", *(f"pipeline-{number}" for number in range(2, len(pipelines) + len(stacks) + 2)))
    for name, pipeline in zip((name for name in names if name not in stacks), pipelines, strict=False):
        files[f"Pulumi.{name}.yaml"] = _STACK + stack_yaml({"config": {f"{service}:pipeline": dict(pipeline)}})
    return files


def environment_files(name: str, args: Mapping[str, Any]) -> dict[str, str]:
    """The project of an environment of its own, for when AWS Proton's is to go: one stack, main."""
    program = _filled(_ENVIRONMENT, name, "AWS Proton")
    files = _program(name, f"The environment {name}, in place of AWS Proton's", program)
    return {**files, "Pulumi.main.yaml": _STACK + stack_yaml({"config": {f"{name}:environment": dict(args)}})}


def _program(name: str, description: str, program: str) -> dict[str, str]:
    return {
        "Pulumi.yaml": _PROJECT.replace("{name}", name).replace("{description}", description),
        "__main__.py": program,
        "requirements.txt": f"{_DISTRIBUTION} @ {_ADDRESS}@v{version(_DISTRIBUTION)}#subdirectory=components\n",
    }


def _filled(text: str, service: str, origin: str) -> str:
    return text.replace("{service}", service).replace("{origin}", origin)


def stack_yaml(document: Any) -> str:
    """The document in YAML that every reader reads alike."""
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=110, allow_unicode=True)


class _Dumper(yaml.SafeDumper):
    """Quotes texts that one YAML reads as a number, a time or a flag, and another one does not."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    is_plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if is_plain else '"')


_Dumper.add_representer(str, _text)
