"""What a WorkerService refuses, before anything is registered."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from tests.support.deploy import deploy
from tests.support.worker_service import problems_of, worker_service
from worker_service import WorkerService
from worker_service.service.inputs import WORKER_SERVICE_ROWS

TRIES = "max_receive_count 3 tries of visibility_timeout_seconds 60"


@pytest.mark.parametrize(
    ("args", "problems"),
    [
        ({"desired_count": -1}, ["desired_count: -1 is not a whole number from 0 to 5000"]),
        ({"desired_count": 11}, ["desired_count: 11 is above max_count 10"]),
        ({"min_count": 5, "max_count": 4}, ["min_count: 5 is above max_count 4"]),
        ({"cpu": 256}, ["cpu, memory: give both or neither"]),
        (
            {"cpu": 256, "memory": 4096},
            ["memory: 4096 does not go with cpu 256; Fargate allows 512, 1024, 2048"],
        ),
        (
            {"visibility_timeout_seconds": 29, "max_receive_count": 1},
            [
                "visibility_timeout_seconds: 29 is not a whole number from 30 to 43200",
                "max_receive_count: 1 is not a whole number from 2 to 1000",
            ],
        ),
        (
            {"message_retention_seconds": 180},
            [f"message_retention_seconds: 180 is over before {TRIES}; raise it or lower one of them"],
        ),
        ({"encryption": "none"}, ["encryption: 'none' is not one of customer_key, managed"]),
        (
            {"encryption": "managed", "kms_key_arn": "arn:aws:kms:eu-west-1:111122223333:key/1234abcd"},
            ["kms_key_arn: encryption 'managed' uses no customer's key; leave out the one or the other"],
        ),
        (
            {"environment": {"QUEUE_URI": "x"}},
            ["environment: QUEUE_URI is set by the service itself; choose another name"],
        ),
        (
            {"environment": {"not a name": "x", "PORT": 80}},
            [
                "environment key: 'not a name' is not a name of letters, digits and _ . -",
                "environment.PORT: 80 is not text of 0 to 32768 characters",
            ],
        ),
        ({"handler": "handle"}, ["handler: 'handle' is not a dotted path such as package.module.function"]),
        (
            {"tags": {"aws:x": "y"}},
            [
                "tags key: 'aws:x' is not 1 to 128 letters, digits, spaces and _.:/=+-@ that do not begin with aws:",
            ],
        ),
        (
            {"egress_ports": [0]},
            ["egress_ports[0]: 0 is not a whole number from 1 to 65535"],
        ),
        ({"subnet_ids": []}, ["subnet_ids: 0 items are not 1 to 16"]),
        (
            {"image": "https://registry/worker"},
            [f"image: 'https://registry/worker' is not {WORKER_SERVICE_ROWS['image'].rule}"],
        ),
        (
            {"environment": {"A": "x" * 30_000, "B": "x" * 30_000}},
            ["environment: 60002 characters are above 48000"],
        ),
        (
            {"task_size": "huge", "cpu": 256, "environment": {"QUEUE_URI": "x"}},
            [
                "task_size: 'huge' is not one of x-small, small, medium, large, x-large",
                "cpu, memory: give both or neither",
                "environment: QUEUE_URI is set by the service itself; choose another name",
            ],
        ),
        (
            {"cpu": 300, "memory": 512},
            ["cpu: 300 is not one of 256, 512, 1024, 2048, 4096, 8192, 16384"],
        ),
        ({"max_cuont": 3}, ["max_cuont: unknown; did you mean max_count?"]),
        (
            {"topic_arn": "arn"},
            ["topic_arn: unknown; did you mean topics.NAME.topic_arn or publishes_to.NAME.topic_arn?"],
        ),
        ({"image": None, "vpc_id": None}, ["image: required", "vpc_id: required"]),
    ],
)
def test_bad_arguments_are_refused_all_at_once_and_register_nothing(args: dict[str, Any], problems: list[str]):
    with pytest.raises(ValueError, match="WorkerService 'orders' has invalid arguments") as refused:
        worker_service(**args)

    assert sorted(str(refused.value).splitlines()[1:]) == sorted(f"  {problem}" for problem in problems)


@pytest.mark.parametrize(
    ("key", "value"), [("desired_count", 2), ("handler", "a.b"), ("environment", {"A": "b"}), ("protect", True)]
)
def test_what_shapes_the_resources_cannot_be_an_output(key: str, value: Any):
    def with_an_output() -> WorkerService:
        args: dict[str, Any] = {key: pulumi.Output.from_input(value)}
        return worker_service(**args)

    with pytest.raises(ValueError, match=f"{key}: an Output is not a plain value"):
        deploy(with_an_output)


@pytest.mark.parametrize("name", ["", "1st", "with space", "x" * 41])
def test_a_name_that_aws_would_refuse_is_refused_at_once(name: str):
    with pytest.raises(ValueError, match=r"name: .* is not 1 to 40 letters, digits and hyphens"):
        worker_service(name)


def test_an_image_of_a_repository_that_ecr_cannot_have_is_refused():
    image = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/Worker:7"

    assert problems_of(image=image) == [
        f"image: {image!r} names no repository that ECR can have, whose names are in lower case"
    ]


@pytest.mark.parametrize(
    ("subnet_ids", "problems"),
    [
        (["subnet-0a1b2c3d", pulumi.Output.from_input], []),
        ([pulumi.Output.from_input], []),
        (
            [pulumi.Output.from_input, "net"],
            ["subnet_ids[1]: 'net' is not a subnet id such as subnet-0a1b2c3d4e5f67890"],
        ),
        ([pulumi.Output.from_input] * 17, ["subnet_ids: 17 items are not 1 to 16"]),
        ([], ["subnet_ids: 0 items are not 1 to 16"]),
    ],
    ids=["some", "all", "one bad", "too many", "none"],
)
def test_items_that_are_outputs_are_counted_and_keep_their_place(subnet_ids: list[Any], problems: list[str]):
    def build() -> None:
        worker_service(subnet_ids=[item if isinstance(item, str) else item("subnet-0a1b2c3d") for item in subnet_ids])

    assert refused(build) == problems


@pytest.mark.parametrize(
    ("key", "value", "path"),
    [
        ("egress_ports", [443, 5432], "egress_ports[1]"),
        ("rollback_alarms", ["age", "no_consumer"], "rollback_alarms[1]"),
        ("schedules", {"night": {"schedule": "rate(1 day)", "min_count": 0, "max_count": 1}}, "schedules.night"),
        ("topics", {"night": {}}, "topics.night"),
        ("sidecars", {"night": {}}, "sidecars.night"),
    ],
)
def test_an_output_within_what_shapes_the_resources_is_named_by_its_place(key: str, value: Any, path: str):
    def build() -> None:
        output = pulumi.Output.from_input(1)
        args: dict[str, Any] = {key: {"night": output} if isinstance(value, dict) else [value[0], output]}
        worker_service(**args)

    assert refused(build) == [f"{path}: an Output is not a plain value, and shapes the resources too late"]


def test_rollback_alarms_that_somebody_names_must_be_on_though_they_are_the_default_ones():
    def build() -> None:
        worker_service(rollback_alarms=["dead_letter", "age"], age_alarm_minutes=0)

    assert refused(build) == ["rollback_alarms: age is turned off by age_alarm_minutes 0"]


def refused(build: Callable[[], None]) -> list[str]:
    """What a program is told, a line each; nothing where it is not refused."""
    try:
        deploy(build)
    except ValueError as told:
        return [line.strip() for line in str(told).splitlines()[1:]]
    return []


def test_inputs_that_are_no_map_are_refused_with_a_sentence():
    wrong: Any = None

    with pytest.raises(pulumi.RunError) as refused:
        WorkerService("orders", wrong)

    told = str(refused.value).splitlines()
    assert told[:2] == ["WorkerService 'orders' has invalid arguments:", "  args: None is not a map of inputs"]
    assert "  image: required" in told


def test_inputs_as_keywords_are_refused_with_a_sentence():
    made: Any = WorkerService

    with pytest.raises(pulumi.RunError) as refused:
        made("orders", image="orders:1", opts=None)
    with pytest.raises(pulumi.RunError, match="args: required, a map of inputs"):
        made("orders")

    assert str(refused.value).splitlines() == [
        "WorkerService 'orders' has invalid arguments:",
        "  image: inputs stand in one map, the second argument",
    ]
