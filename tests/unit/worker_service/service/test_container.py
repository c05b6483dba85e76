"""The container of a task."""

from pathlib import Path
from typing import Any

import pulumi
import pytest

from tests.support.deploy import deploy
from tests.support.worker_service import IMAGE, container, deployed, document, problems_of, worker_service


def test_the_container_is_confined():
    confined = container(deployed())

    assert confined["user"] == "10001"
    assert confined["privileged"] is False
    assert confined["readonlyRootFilesystem"] is True
    assert confined["linuxParameters"] == {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}}
    assert confined["mountPoints"] == [{"sourceVolume": "tmp", "containerPath": "/tmp", "readOnly": False}]
    assert confined["stopTimeout"] == 120


def test_the_container_runs_the_image_and_logs_without_blocking():
    deployment = deployed()
    running = container(deployment)

    assert running["image"] == IMAGE
    assert running["logConfiguration"] == {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": service_outputs()["log_group_name"],
            "awslogs-region": "eu-west-1",
            "awslogs-stream-prefix": "worker",
            "mode": "non-blocking",
            "max-buffer-size": "25m",
        },
    }


def test_the_containers_environment_is_the_contract_and_the_users_variables():
    outputs = service_outputs()
    running = container(
        deployed(handler="app.orders.handle", environment={"STAGE": "test", "WORKER_LOG_LEVEL": "DEBUG"})
    )

    assert {item["name"]: item["value"] for item in running["environment"]} == {
        "QUEUE_NAME": outputs["queue_name"],
        "QUEUE_URI": outputs["queue_url"],
        "QUEUE_REGION": "eu-west-1",
        "SNS_TOPIC_ARN": outputs["topic_arn"],
        "WORKER_HANDLER": "app.orders.handle",
        "WORKER_STOP_TIMEOUT_SECONDS": "120",
        "WORKER_CONCURRENCY": "10",
        "WORKER_PROCESSES": "1",
        "WORKER_SCALE_IN_PROTECTION": "false",
        "STAGE": "test",
        "WORKER_LOG_LEVEL": "DEBUG",
    }


def test_without_a_handler_the_images_own_one_stands():
    names = [item["name"] for item in container(deployed())["environment"]]

    assert "WORKER_HANDLER" not in names


AGENT_VOLUMES = {"exec-agent": "/managed-agents", "exec-lib": "/var/lib/amazon", "exec-log": "/var/log/amazon"}


def test_execute_command_opens_its_channels_and_mounts_what_its_agent_writes_to():
    deployment = deployed(enable_execute_command=True)
    statements = document(deployment, "aws:iam/rolePolicy:RolePolicy", "orders-task-role-policy")["Statement"]

    assert deployment.one("aws:ecs/service:Service").inputs["enableExecuteCommand"] is True
    assert container(deployment)["readonlyRootFilesystem"] is True
    mounts = {mount["sourceVolume"]: mount["containerPath"] for mount in container(deployment)["mountPoints"]}
    assert mounts == {"tmp": "/tmp", **AGENT_VOLUMES}
    volumes = deployment.one("aws:ecs/taskDefinition:TaskDefinition").inputs["volumes"]
    assert [volume["name"] for volume in volumes] == ["tmp", *AGENT_VOLUMES]
    assert statements[-1]["Sid"] == "ExecuteCommand"


def test_without_execute_command_no_agent_has_a_place():
    assert [mount["sourceVolume"] for mount in container(deployed())["mountPoints"]] == ["tmp"]


LOG = "arn:aws:logs:eu-west-1:123456789012:log-group:exec"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"


def test_sessions_are_logged_and_encrypted_by_the_task_role():
    deployment = deployed(
        enable_execute_command=True, execute_command_log_group_arn=LOG, execute_command_kms_key_arn=KEY
    )
    statements = document(deployment, "aws:iam/rolePolicy:RolePolicy", "orders-task-role-policy")["Statement"]

    assert {statement["Sid"]: (statement["Action"], statement["Resource"]) for statement in statements[-3:]} == {
        "FindSessionLog": ("logs:DescribeLogGroups", "*"),
        "LogSessions": (["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"], f"{LOG}:*"),
        "EncryptSessions": ("kms:Decrypt", KEY),
    }


def test_sessions_need_execute_command():
    assert problems_of(execute_command_kms_key_arn=KEY) == [
        "execute_command_kms_key_arn: is for ECS Exec; set enable_execute_command to true too"
    ]


def service_outputs() -> dict[str, Any]:
    deployment = deployed()
    return deployment.outputs_of(deployment.result)


def test_a_secret_variable_stays_secret():
    deployment = deploy(lambda: worker_service(environment={"TOKEN": pulumi.Output.secret("s3cr3t")}))
    task_definition = deployment.one("aws:ecs/taskDefinition:TaskDefinition")

    assert "containerDefinitions" in task_definition.secret_inputs


def test_the_containers_health_check_is_that_of_the_workers_dockerfile():
    """ECS ignores an image's own."""
    dockerfile = (Path(__file__).parents[4] / "worker" / "Dockerfile").read_text()
    [line] = [line for line in dockerfile.splitlines() if line.startswith("HEALTHCHECK")]
    check = container(deployed())["healthCheck"]
    command = ", ".join(f'"{word}"' for word in check["command"][1:])

    assert check == {
        "command": ["CMD", "python", "-m", "worker_runtime.health"],
        "interval": 15,
        "timeout": 5,
        "retries": 2,
        "startPeriod": 30,
    }
    assert line == f"HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=2 CMD [{command}]"


def test_another_image_has_a_check_of_its_own_or_none():
    own = {"command": ["/bin/check", "-v", "-v"], "interval_seconds": 60}

    assert container(deployed(health_check=own))["healthCheck"] == {
        "command": ["CMD", "/bin/check", "-v", "-v"],
        "interval": 60,
        "timeout": 5,
        "retries": 2,
        "startPeriod": 30,
    }
    assert "healthCheck" not in container(deployed(health_check={"enabled": False}))


@pytest.mark.parametrize(
    ("check", "problem"),
    [
        ({"interval_seconds": 4}, "health_check.interval_seconds: 4 is not a whole number from 5 to 300"),
        ({"comand": ["x"]}, "health_check.comand: unknown; did you mean command?"),
        ({"command": "x"}, "health_check.command: 'x' is not a list whose items are each text of 1 to 1000 characters"),
        ({"command": []}, "health_check.command: 0 items are not 1 to 50"),
        (False, "health_check: False is not a map with enabled, command, interval_seconds"),
    ],
)
def test_a_check_that_ecs_does_not_take_is_refused(check: Any, problem: str):
    [told] = problems_of(health_check=check)

    assert told.startswith(problem)
