"""Creates Step Functions' state machines and EventBridge's pipes, which are kept as they are: the box runs neither."""

from __future__ import annotations

from typing import Any

from local.aws import Aws
from local.provisioner.resource import Outputs, Resource


def state_machine(aws: Aws, resource: Resource) -> Outputs:
    """aws:sfn/stateMachine:StateMachine."""
    name = resource.physical_name()
    created = aws.client("stepfunctions").create_state_machine(
        name=name,
        tags=resource.tag_list("key", "value"),
        **resource.given({"definition": "definition", "roleArn": "roleArn", "type": "type"}),
    )
    return {"id": created["stateMachineArn"], "name": name, "arn": created["stateMachineArn"]}


def pipe(aws: Aws, resource: Resource) -> Outputs:
    """aws:pipes/pipe:Pipe into a state machine."""
    name = resource.physical_name()
    created = aws.client("pipes").create_pipe(
        Name=name,
        **target_parameters(resource),
        Tags=resource.tags(),
        **resource.given({"source": "Source", "target": "Target", "roleArn": "RoleArn"}),
    )
    return {"id": name, "name": name, "arn": created["Arn"]}


def target_parameters(resource: Resource) -> dict[str, Any]:
    """How a pipe starts its state machine."""
    invocation = resource.inputs["targetParameters"]["stepFunctionStateMachineParameters"]["invocationType"]
    return {"TargetParameters": {"StepFunctionStateMachineParameters": {"InvocationType": invocation}}}
