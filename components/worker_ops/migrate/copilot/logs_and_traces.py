"""The logs and traces of a manifest."""

from __future__ import annotations

import re
from typing import Any

from worker_ops.migrate.conversion import Conversion, convert_parts
from worker_ops.migrate.copilot.container import IMAGE
from worker_ops.migrate.copilot.operations import by_hand
from worker_ops.migrate.copilot.variables import container_secrets, container_variables
from worker_ops.migrate.field import Field

#: The days that CloudWatch can keep a log for.
_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
_ROUTER = "log_router"
_OUTPUT = (
    "the log comes to CloudWatch in any case; where else it goes is for an [OUTPUT] of a file of Fluent Bit's with"
    " these options and `Match worker-firelens-*`: copy it to a bucket of yours, its ARN into"
    " `log_router.config_file_arns`"
)
_HIDDEN_OPTIONS = "write it into `log_router.secrets`, and name it in that [OUTPUT] as ${NAME}"
_CONFIG_FILE = (
    "it lies in the router's image: copy it to a bucket of yours as NAME.conf, its ARN into"
    " `log_router.config_file_arns`"
)
_ENV_FILE = "write its lines into `log_router.environment`, and what is secret into `log_router.secrets`"
_NO_METADATA = "the router adds none of ECS's metadata: task and cluster stand in the name of the log's stream"


def logging(source: Field, conversion: Conversion) -> None:
    """`logging`: how long it is kept, and the router that brings it elsewhere."""
    parts = {
        "retention": _retention,
        "image": _router_image,
        "variables": _router_variables,
        "secrets": _router_secrets,
        "enableMetadata": _metadata,
        "destination": by_hand(_OUTPUT),
        "secretOptions": by_hand(_HIDDEN_OPTIONS),
        "configFilePath": by_hand(_CONFIG_FILE),
        "env_file": by_hand(_ENV_FILE),
    }
    convert_parts(source, conversion, parts)


def _retention(source: Field, conversion: Conversion) -> None:
    days = conversion.whole(source, 1, 3_653)
    if days is not None and days not in _DAYS:
        conversion.report.by_hand(source, f"CloudWatch keeps no log for {days} days; choose `log_retention_days`")
    elif days is not None:
        conversion.put(source, "log_retention_days", days)


def _router_image(source: Field, conversion: Conversion) -> None:
    """Copilot's own router is AWS's build, and so is the input's, which reads its files from S3."""
    location = conversion.word(source)
    if location is None:
        return
    if re.search(r"aws-for-fluent-bit(:(latest|stable))?$", location):
        conversion.report.dropped(source, "`log_router` runs AWS's build of Fluent Bit by itself")
    elif re.fullmatch(IMAGE, location) and len(location) <= 200:
        conversion.put(source, f"{_ROUTER}.image", location)
    else:
        conversion.report.by_hand(source, f"{location!r} is no image that `log_router.image` takes; set that")


def _router_variables(source: Field, conversion: Conversion) -> None:
    into: dict[str, str] = {}
    router: dict[str, Any] = {}
    container_variables(source, conversion, into, router, _ROUTER)
    _add(conversion, router | ({"environment": into} if into else {}))


def _router_secrets(source: Field, conversion: Conversion) -> None:
    router: dict[str, Any] = {}
    container_secrets(source, conversion, router, _ROUTER)
    _add(conversion, router)


def _add(conversion: Conversion, router: dict[str, Any]) -> None:
    """What the router has besides; without anything there is none."""
    there = conversion.args.get(_ROUTER, {})
    secrets = {**there.get("secrets", {}), **router.get("secrets", {})}
    whole = there | router | ({"secrets": secrets} if secrets else {})
    if whole:
        conversion.args[_ROUTER] = whole


def _metadata(source: Field, conversion: Conversion) -> None:
    if conversion.flag(source) is not None:
        conversion.report.dropped(source, _NO_METADATA)


def observability(source: Field, conversion: Conversion) -> None:
    """`observability`."""
    convert_parts(source, conversion, {"tracing": _tracing})


def _tracing(source: Field, conversion: Conversion) -> None:
    """Copilot's collector took OTLP and X-Ray's own protocol, and sent traces alone."""
    if (source.text or "").lower() != "awsxray":
        conversion.report.not_understood(source, "is not awsxray")
        return
    conversion.args["open_telemetry"] = {"metrics": False}
    told = (
        "open_telemetry, which takes OTLP over HTTP at localhost:4318: what speaks X-Ray's own protocol needs a sidecar"
    )
    conversion.report.mapped(source, told)
