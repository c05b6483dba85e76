"""What a program declares, as Terraform's own configuration by the provider's schema."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scripts.terraform_config import terraform_config

#: As `terraform providers schema -json` has it, of two resources made up here.
SCHEMAS: dict[str, Any] = {
    "aws_sqs_queue": {
        "attributes": {
            "name": {"type": "string", "optional": True},
            "policy": {"type": "string", "optional": True},
            "tags": {"type": ["map", "string"], "optional": True},
            "rules": {"type": ["list", ["object", {"from_port": "number", "self": "bool"}]], "optional": True},
        },
        "block_types": {
            "timeouts": {"nesting_mode": "list", "block": {"attributes": {"create_after": {"type": "string"}}}},
            "setting": {"nesting_mode": "list", "block": {"attributes": {"key": {"type": "string"}}}},
        },
    },
    "aws_cloudwatch_metric_alarm": {"attributes": {"alarm_name": {"type": "string", "required": True}}},
}


@dataclass(frozen=True)
class Made:
    """A resource."""

    type: str
    name: str
    inputs: dict[str, Any]


def written(**inputs: Any) -> tuple[dict[str, Any], list[str]]:
    config, problems = terraform_config([("dev", Made("aws:sqs/queue:Queue", "a-queue", inputs))], SCHEMAS)
    return config["resource"]["aws_sqs_queue"]["dev_a_queue"], problems


def test_one_block_becomes_a_list_and_a_plural_the_singular():
    assert written(timeouts={"createAfter": "5m"}, settings=[{"key": "a"}, {"key": "b"}]) == (
        {"timeouts": [{"create_after": "5m"}], "setting": [{"key": "a"}, {"key": "b"}]},
        [],
    )


def test_a_maps_names_are_the_users_and_an_object_has_all_of_its_own():
    config, _ = written(tags={"costCenter": "42"}, rules=[{"fromPort": 443}])

    assert config == {"tags": {"costCenter": "42"}, "rules": [{"from_port": 443, "self": None}]}


def test_a_text_stays_what_it_is():
    assert written(policy="${aws:username} %{x}")[0] == {"policy": "$${aws:username} %%{x}"}


def test_what_the_provider_does_not_have_is_told():
    queue = Made("aws:sqs/queue:Queue", "q", {"fifoQueues": True, "settings": [{"value": "1"}]})
    other = Made("aws:sqs/other:Other", "o", {})

    assert terraform_config([("dev", queue), ("dev", other)], SCHEMAS)[1] == [
        "aws_sqs_queue.dev_q: the provider has no argument fifo_queues",
        "aws_sqs_queue.dev_q.setting: the provider has no argument value",
        "aws_sqs_other: the provider has no such resource",
    ]


def test_what_has_to_have_a_name_has_pulumis_and_components_are_left_out():
    resources = [
        ("dev", Made("aws:cloudwatch/metricAlarm:MetricAlarm", "late", {})),
        ("dev", Made("aws:cloudwatch/metricAlarm:MetricAlarm", "old", {"name": "too-old"})),
        ("dev", Made("workers:index:WorkerService", "orders", {})),
    ]

    assert terraform_config(resources, SCHEMAS) == (
        {
            "resource": {
                "aws_cloudwatch_metric_alarm": {
                    "dev_late": {"alarm_name": "late"},
                    "dev_old": {"alarm_name": "too-old"},
                }
            }
        },
        [],
    )
