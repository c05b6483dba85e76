"""What a Copilot manifest says and no input can keep as it was: a person is told, and nothing else takes its place."""

from __future__ import annotations

import pytest

from tests.unit.worker_ops.migrate.test_manifest import HERE, args_of, told
from worker_ops.migrate.report import Outcome


@pytest.mark.parametrize(
    ("text", "path", "wanted"),
    [
        ("count: {range: 5-2, cpu_percentage: 70}", "count.range", "the least count, 5, is over the most, 2"),
        ("count: {range: {min: 5, max: 2}}", "count.range", "the least count, 5, is over the most, 2"),
        ("count: {range: {max: 2}}", "count.range", "needs min and max"),
    ],
)
def test_a_range_that_is_none_leaves_the_count_alone(text: str, path: str, wanted: str):
    assert told(text, path) == [(Outcome.NOT_UNDERSTOOD, wanted)]
    assert args_of(text)["max_count"] == 1


def test_a_topic_that_would_take_anothers_place_is_told():
    text = "publish: {topics: [{name: paid_out}, {name: paid-out}]}"

    topic_arn = f"arn:{HERE % 'sns'}:shop-test-orders-paid_out"
    assert args_of(text)["publishes_to"] == {"paid-out": {"topic_arn": topic_arn}}
    [(found, why)] = told(text, "publish.topics[1]")
    assert found is Outcome.BY_HAND
    assert why.startswith("publishes_to.paid-out is there already; give this one another name")


def test_a_volume_that_would_take_anothers_place_is_told():
    efs = "{path: /%s, efs: {id: fs-1, auth: {iam: true, access_point_id: fsap-%d}}}"
    text = f"storage: {{volumes: {{data: {efs % ('a', 1)}, Data: {efs % ('b', 2)}}}}}"

    assert args_of(text)["efs_volumes"]["data"]["access_point_id"] == "fsap-1"
    assert told(text, "storage.volumes.Data") == [
        (Outcome.BY_HAND, "efs_volumes.data is there already; give this one another name")
    ]


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("{{resolve:ssm:/a:3}}", "it was version 3; `secrets` has the newest one: see that it fits"),
        ("postgres://{{resolve:ssm:/a}}@db", "CloudFormation put a value into this text: keep it whole in a secret"),
    ],
)
def test_a_reference_that_ecs_does_not_resolve_as_it_was_is_told(value: str, wanted: str):
    text = f"variables: {{URL: '{value}'}}"

    [(found, why)] = told(text, "variables.URL")
    assert (found, why.startswith(wanted)) == (Outcome.BY_HAND, True)
    assert "environment" not in args_of(text)


def test_a_health_check_beyond_what_ecs_takes_is_told():
    text = "image: {healthcheck: {interval: 1s}}"

    assert args_of(text)["health_check"]["interval_seconds"] == 5
    assert told(text, "image.healthcheck.interval") == [
        (Outcome.BY_HAND, "`health_check.interval_seconds` takes 5 to 300, so 5 is written: see that it fits")
    ]
