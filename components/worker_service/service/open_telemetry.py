"""OpenTelemetry: a collector beside the worker, which brings its traces and metrics to AWS or to an OTLP endpoint."""

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, NotRequired, TypedDict
from urllib.parse import urlsplit

import pulumi

from worker_service.inputs.aws_values import IMAGE
from worker_service.inputs.rows import Default, defaults_of, fields_of, rows_of
from worker_service.inputs.rules import Flag, MapOf, Text, Whole
from worker_service.service.choices import DependencyCondition
from worker_service.service.secrets import STORED_VALUE
from worker_service.service.sidecars import Sidecar

#: AWS's own build of the collector, which has the exporters to X-Ray and CloudWatch.
#: https://github.com/aws-observability/aws-otel-collector
_IMAGE = "public.ecr.aws/aws-observability/aws-otel-collector:v0.43.3"
_OTLP_PORT = 4318
_HTTPS_PORT = 443


class OpenTelemetry(TypedDict):
    """Where traces and metrics go. Each key may be left out."""

    endpoint: NotRequired[
        Annotated[str, Text(10, 500, r"https?://[^\s/]+(/\S*)?", "a URL such as https://otlp.example.com")]
    ]
    """Base URL of an OTLP endpoint over HTTP, whose port has to be in egress_ports. Default: X-Ray, and CloudWatch for
    metrics."""
    header_secrets: NotRequired[
        Annotated[
            Mapping[str, pulumi.Input[str]],
            MapOf(Text(1, 100, r"[A-Za-z0-9-]+", "a header's name"), STORED_VALUE, maximum_entries=10),
            Default({}),
        ]
    ]
    """Headers that the endpoint asks for, such as api-key: name to the ARN of the secret or SSM parameter with its
    value. Default none."""
    metrics: NotRequired[Annotated[bool, Flag(), Default(True)]]
    """Metrics too: CloudWatch takes $0.30 a month for each. Default true."""
    image: NotRequired[Annotated[pulumi.Input[str], IMAGE, Default(_IMAGE)]]
    """Image of the collector, 1 to 200 characters. Default public.ecr.aws/aws-observability/aws-otel-collector:v0.43.3,
    AWS's own build."""
    memory: NotRequired[Annotated[int, Whole(64, 8_192), Default(256)]]
    """MiB of the task's memory that the collector may take, 64 to 8,192. Default 256."""


_ROWS = rows_of(OpenTelemetry)
OPEN_TELEMETRY = fields_of(_ROWS)


def collector_sidecar(
    given: Mapping[str, Any], *, name: str, log_group_name: pulumi.Input[str], region: pulumi.Input[str]
) -> Sidecar:
    """The collector of the service of this name. Tasks go on without it, where it ends."""
    telemetry = {**defaults_of(_ROWS), **given}
    config = pulumi.Output.all(log_group_name=log_group_name, region=region).apply(
        lambda known: json.dumps(collector_config(telemetry, name=name, **known))
    )
    return {
        "image": telemetry["image"],
        "environment": {"AOT_CONFIG_CONTENT": config},
        "secrets": {_variable(header): arn for header, arn in telemetry["header_secrets"].items()},
        "memory": telemetry["memory"],
        "essential": False,
        # The worker's last spans find it still there.
        "worker_waits_for": DependencyCondition.START,
        "health_check": {"command": ["/healthcheck"]},
    }


def collector_config(telemetry: Mapping[str, Any], *, name: str, log_group_name: str, region: str) -> dict[str, Any]:
    """The collector's own configuration.

    https://aws-otel.github.io/docs/setup/ecs/config-through-ssm
    """
    exporters = _exporters(telemetry, name, log_group_name, region)
    processors = ["memory_limiter", "resourcedetection", "batch"]
    pipelines = {"traces": [next(iter(exporters))]}
    if telemetry["metrics"]:
        pipelines["metrics"] = [list(exporters)[-1]]
    return {
        "receivers": {"otlp": {"protocols": {"http": {"endpoint": f"localhost:{_OTLP_PORT}"}}}},
        "processors": {
            "memory_limiter": {"check_interval": "1s", "limit_percentage": 75, "spike_limit_percentage": 20},
            "resourcedetection": {"detectors": ["env", "ecs"]},
            "batch": {},
        },
        "exporters": exporters,
        "extensions": {"health_check": {}},
        "service": {
            "extensions": ["health_check"],
            "pipelines": {
                kind: {"receivers": ["otlp"], "processors": processors, "exporters": to}
                for kind, to in pipelines.items()
            },
        },
    }


def _exporters(telemetry: Mapping[str, Any], name: str, log_group_name: str, region: str) -> dict[str, Any]:
    if "endpoint" in telemetry:
        headers = {header: f"${{env:{_variable(header)}}}" for header in telemetry["header_secrets"]}
        return {"otlphttp": {"endpoint": telemetry["endpoint"], **({"headers": headers} if headers else {})}}
    emf = {
        "region": region,
        "namespace": f"OpenTelemetry/{name}",
        "log_group_name": log_group_name,
        "log_stream_name": "open-telemetry/{TaskId}",
        # Otherwise each metric is billed once more for every dimension that it has.
        "dimension_rollup_option": "NoDimensionRollup",
    }
    return {"awsxray": {"region": region}, **({"awsemf": emf} if telemetry["metrics"] else {})}


def telemetry_variables(args: Mapping[str, Any], name: str) -> dict[str, str]:
    """What tells OpenTelemetry in the worker of the collector and the service; the user's own variables go before."""
    if "open_telemetry" not in args:
        return {}
    place = f"service.namespace={pulumi.get_project()},deployment.environment.name={pulumi.get_stack()}"
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://localhost:{_OTLP_PORT}",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_RESOURCE_ATTRIBUTES": place,
        "OTEL_SERVICE_NAME": name,
        **({} if args["open_telemetry"].get("metrics", True) else {"OTEL_METRICS_EXPORTER": "none"}),
    }


def collector_memory(given: Mapping[str, Any]) -> int:
    """MiB of the task's memory that the collector may take."""
    return {**defaults_of(_ROWS), **given}["memory"]


def sends_to_aws(args: Mapping[str, Any]) -> tuple[bool, bool]:
    """Whether traces go to X-Ray, and metrics to CloudWatch."""
    given = args.get("open_telemetry")
    to_aws = given is not None and "endpoint" not in given
    return to_aws, to_aws and {**defaults_of(_ROWS), **(given or {})}["metrics"]


def telemetry_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    """Headers are an endpoint's, and its port must be open."""
    given = args.get("open_telemetry", {})
    if given.get("header_secrets") and "endpoint" not in given:
        yield "open_telemetry.header_secrets: goes with endpoint; X-Ray takes the task role"
    if "endpoint" in given:
        port = urlsplit(given["endpoint"]).port or (80 if given["endpoint"].startswith("http:") else _HTTPS_PORT)
        if port not in args["egress_ports"]:
            yield f"open_telemetry.endpoint: its port {port} is not in egress_ports, so nothing would reach it"


def _variable(header: str) -> str:
    return f"OTLP_HEADER_{header.upper().replace('-', '_')}"
