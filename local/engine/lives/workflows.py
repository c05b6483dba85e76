"""Reads, changes and deletes Step Functions' state machines and EventBridge's pipes."""

from __future__ import annotations

from local.aws import Aws
from local.engine.kind import Kind, Properties, Thing
from local.engine.shapes import camel_keys
from local.engine.tags import tag_map, tagging
from local.provisioner.resource import Resource
from local.provisioner.workflows import target_parameters


def _read_state_machine(aws: Aws, thing: Thing) -> Properties:
    stepfunctions = aws.client("stepfunctions")
    machine = stepfunctions.describe_state_machine(stateMachineArn=thing.id)
    return {
        "name": machine["name"],
        "arn": machine["stateMachineArn"],
        "definition": machine["definition"],
        "roleArn": machine["roleArn"],
        "type": machine["type"],
        "tags": tag_map(stepfunctions.list_tags_for_resource(resourceArn=thing.id)["tags"], "key", "value"),
    }


def _update_state_machine(aws: Aws, thing: Thing, changed: Resource) -> None:
    settings = changed.given({"definition": "definition", "roleArn": "roleArn"})
    if settings:
        aws.client("stepfunctions").update_state_machine(stateMachineArn=thing.id, **settings)


def _read_pipe(aws: Aws, thing: Thing) -> Properties:
    pipe = aws.client("pipes").describe_pipe(Name=thing.id)
    return {
        "name": thing.id,
        "arn": pipe["Arn"],
        "source": pipe["Source"],
        "target": pipe["Target"],
        "roleArn": pipe["RoleArn"],
        "targetParameters": camel_keys(pipe.get("TargetParameters", {})),
        "tags": pipe.get("Tags", {}),
    }


def _update_pipe(aws: Aws, thing: Thing, changed: Resource) -> None:
    wanted = Resource(changed.type, changed.name, {**thing.known, **changed.inputs})
    settings = wanted.given({"target": "Target", "roleArn": "RoleArn"})
    aws.client("pipes").update_pipe(Name=thing.id, **target_parameters(wanted), **settings)


KINDS = {
    "aws:sfn/stateMachine:StateMachine": Kind(
        _read_state_machine,
        lambda aws, thing: aws.client("stepfunctions").delete_state_machine(stateMachineArn=thing.id),
        _update_state_machine,
        tagging("stepfunctions", "resourceArn", parameters=("tags", "tagKeys"), shape=("key", "value")),
    ),
    "aws:pipes/pipe:Pipe": Kind(
        _read_pipe,
        lambda aws, thing: aws.client("pipes").delete_pipe(Name=thing.id),
        _update_pipe,
        tagging("pipes", "resourceArn", known_by="arn", parameters=("tags", "tagKeys"), shape=None),
    ),
}
