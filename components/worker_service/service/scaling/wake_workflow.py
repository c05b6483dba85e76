"""The workflow that wakes a service at 0 tasks, as Step Functions takes it.

It raises the minimum of the scalable target to 1: Application Auto Scaling then starts a task, which no policy takes
away.
https://docs.aws.amazon.com/autoscaling/application/userguide/getting-started.html
"""

import json
from typing import Any

from worker_service.inputs.arns import place_of

#: How long the minimum stays 1: SQS's metrics tell of the message within five minutes, and scaling follows them then.
HOLD_SECONDS = 600

#: Time in UTC without a zone, as a schedule takes it.
_MOMENT = "'[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01]'"
_NOW = "$toMillis($states.context.State.EnteredTime)"
_END = f"{{% 'at(' & $fromMillis({_NOW} + {HOLD_SECONDS * 1_000}, {_MOMENT}) & ')' %}}"


def wake_workflow(*, cluster_arn: str, service_arn: str, resource_id: str) -> str:
    """The definition. The end of the raised minimum is planned first, so that it never stays without one."""
    scalable = {
        "ServiceNamespace": "ecs",
        "ScalableDimension": "ecs:service:DesiredCount",
        "ResourceId": resource_id,
    }
    partition = place_of(service_arn).partition
    end = {"ScheduledActionName": "fast-wake-end", "Schedule": _END, "ScalableTargetAction": {"MinCapacity": 0}}
    states = {
        "Look": {
            **_call(partition, "ecs:describeServices", {"Cluster": cluster_arn, "Services": [service_arn]}),
            "Output": "{% $states.result.Services[0].DesiredCount %}",
            "Next": "Sleeps",
        },
        "Sleeps": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $states.input = 0 %}", "Next": "PlanEnd"}],
            "Default": "Awake",
        },
        "PlanEnd": {
            **_call(partition, "applicationautoscaling:putScheduledAction", {**scalable, **end}),
            "Next": "Wake",
        },
        "Wake": {
            **_call(partition, "applicationautoscaling:registerScalableTarget", {**scalable, "MinCapacity": 1}),
            "End": True,
        },
        "Awake": {"Type": "Succeed"},
    }
    return json.dumps({"QueryLanguage": "JSONata", "StartAt": "Look", "States": states})


def _call(partition: str, action: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html"""
    return {"Type": "Task", "Resource": f"arn:{partition}:states:::aws-sdk:{action}", "Arguments": arguments}
