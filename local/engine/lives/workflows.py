"""Reads, changes and deletes Step Functions' state machines and EventBridge's pipes."""

from __future__ import annotations

from local.aws import Aws
from local.engine.kind import Kind, Properties, Thing
from local.provisioner.resource import Resource


def _read_state_machine(aws: Aws, thing: Thing) -> Properties:
    machine = aws.client("stepfunctions").describe_state_machine(stateMachineArn=thing.id)
    return {
        "name": machine["name"],
        "arn": machine["stateMachineArn"],
        "definition": machine["definition"],
        "roleArn": machine["roleArn"],
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
    }


KINDS = {
    "aws:sfn/stateMachine:StateMachine": Kind(
        _read_state_machine,
        lambda aws, thing: aws.client("stepfunctions").delete_state_machine(stateMachineArn=thing.id),
        _update_state_machine,
    ),
    "aws:pipes/pipe:Pipe": Kind(
        _read_pipe, lambda aws, thing: aws.client("pipes").delete_pipe(Name=thing.id), lambda *_: None
    ),
}
