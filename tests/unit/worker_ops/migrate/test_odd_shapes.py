"""Whatever stands in a field, the converter ends in a report on every leaf, or in a sentence: never in a traceback."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from worker_ops.errors import OpsError
from worker_ops.migrate.copilot.environment import convert_environment
from worker_ops.migrate.copilot.manifest import Workplace, convert_manifest
from worker_ops.migrate.copilot.pipeline import convert_pipeline
from worker_ops.migrate.field import Field, Place
from worker_ops.migrate.proton.environment_spec import convert_environment_spec
from worker_ops.migrate.proton.service_spec import convert_service_spec
from worker_ops.migrate.report import Report

#: Every field that the converter knows, somewhere.
MANIFEST = """\
name: orders
type: Worker Service
image:
  build: {dockerfile: a/D, context: a, args: {A: b}, target: t, cache_from: [c]}
  location: a:1
  credentials: c
  labels: {a: b}
  depends_on: {a: start}
  healthcheck: {command: [CMD, a], interval: 10s, retries: 2, timeout: 5s, start_period: 1s}
entrypoint: [a]
command: a b
cpu: 256
memory: 512
platform: {osfamily: linux, architecture: arm64}
count:
  spot: 1
  range: {min: 1, max: 2, spot_from: 2}
  cooldown: {in: 1s, out: 2s}
  cpu_percentage: {value: 70, cooldown: {in: 1s}}
  memory_percentage: 80
  queue_delay: {acceptable_latency: 1m, msg_processing_time: 1s, cooldown: {out: 1s}}
exec: true
deployment: {rolling: default, rollback_alarms: {cpu_utilization: 70, messages_delayed: 5}}
network:
  connect: {alias: a}
  vpc: {placement: {subnets: {from_tags: {a: b}}}, security_groups: {deny_default: true, groups: [sg-1, {from_cfn: a}]}}
variables: {A: b, B: {from_cfn: c}}
env_file: a.env
secrets: {A: b, B: {secretsmanager: c}}
storage:
  ephemeral: 30
  readonly_fs: true
  volumes: {v: {path: /v, read_only: true, efs: {id: fs-1, auth: {iam: true}}}}
publish: {topics: [{name: a, fifo: {content_based_deduplication: true}}]}
subscribe:
  topics: [{name: a, service: b, filter_policy: {a: [b]}, queue: {retention: 1h, timeout: 1m, fifo: true}}]
  queue: {retention: 1h, delay: 1s, timeout: 1m, dead_letter: {tries: 3}, fifo: {high_throughput: true}}
logging: {retention: 7, image: a, destination: {Name: b}}
observability: {tracing: awsxray}
sidecars: {a: {image: b}}
taskdef_overrides: [{path: Cpu, value: 1}]
environments: {test: {cpu: 512}}
"""
ENVIRONMENT = """\
name: test
type: Environment
network:
  vpc:
    id: vpc-1
    cidr: c
    subnets: {public: [{id: a}], private: [{cidr: c, az: a}]}
    flow_logs: true
    security_group: {a: b}
observability: {container_insights: true}
cdn: true
http: {public: {a: b}}
"""
PIPELINE = """\
name: p
version: 1
source: {provider: GitHub, properties: {repository: a/b, branch: c, connection_name: d}}
build: {image: a, buildspec: b, additional_policy: {a: b}}
stages:
  - name: a
    requires_approval: true
    test_commands: [a]
    pre_deployments: {a: b}
    deployments: {a: {depends_on: [b]}}
"""
SPEC = """\
proton: ServiceSpec
pipeline: {service_dir: a, dockerfile: b, unit_test_command: c, environment_account_ids: "111122223333"}
instances: [{name: a, environment: b, spec: {desired_count: 1, task_size: small, subnet_type: public, image: a}}]
"""
ENVIRONMENT_SPEC = "proton: EnvironmentSpec\nspec: {vpc_cidr: 10.0.0.0/16, public_subnet_one_cidr: 10.0.0.0/18}\n"

ODD: list[Any] = [None, "", "a", "-1", "1e9", [], {}, ["a"], [["a"]], {"a": {"b": ["c"]}}, [{"a": "1"}]]


def ways(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to everything below the document."""
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in below:
        yield (*way, key)
        yield from ways(item, (*way, key))


def odd_documents(text: str) -> Iterator[Field]:
    """The document with something else in each of its places, one at a time."""
    document = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - a text of this file's, to texts alone
    for way, odd in itertools.product(list(ways(document)), ODD):
        changed = copy.deepcopy(document)
        holder = changed
        for key in way[:-1]:
            holder = holder[key]
        holder[way[-1]] = odd
        yield field_of(changed, ())


def field_of(value: Any, parts: tuple[str, ...]) -> Field:
    """As it is read from a file."""
    place = Place("f.yml", 1, 1)
    if isinstance(value, dict):
        return Field(place, parts, {name: field_of(item, (*parts, name)) for name, item in value.items()})
    if isinstance(value, list):
        return Field(place, parts, [field_of(item, (*parts, f"[{index}]")) for index, item in enumerate(value)])
    return Field(place, parts, value)


def convert(kind: str, source: Field, report: Report) -> None:
    if kind == "manifest":
        networks = {"test": convert_environment(None, "shop", "test", Report())}
        convert_manifest(source, Workplace("shop", networks, {}, has_pipeline=True), report)
    elif kind == "environment":
        convert_environment(source, "shop", "test", report)
    elif kind == "pipeline":
        convert_pipeline(source, "shop", report)
    elif kind == "spec":
        convert_service_spec(source, "orders", {}, report)
    else:
        convert_environment_spec(source, report)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("manifest", MANIFEST),
        ("environment", ENVIRONMENT),
        ("pipeline", PIPELINE),
        ("spec", SPEC),
        ("environment spec", ENVIRONMENT_SPEC),
    ],
)
def test_each_leaf_is_told_whatever_stands_there(kind: str, text: str):
    for source in odd_documents(text):
        report = Report()
        try:
            convert(kind, source, report)
        except OpsError:
            continue
        told = {(finding.place.file, finding.path) for finding in report.findings}
        untold = [leaf.path for leaf in source.leaves() if not is_told(leaf, told)]
        assert untold == []


def is_told(leaf: Field, told: set[tuple[str, str]]) -> bool:
    """Whether a finding is on the leaf or on what holds it."""
    paths = [".".join(leaf.parts[:end]).replace(".[", "[") for end in range(len(leaf.parts) + 1)]
    return any((leaf.place.file, path) in told for path in paths)
