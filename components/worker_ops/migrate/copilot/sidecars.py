"""The sidecars of a manifest, and what waits for what in a task."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from worker_ops.migrate.conversion import Conversion, slug
from worker_ops.migrate.copilot.container import IMAGE, command_texts, health_check
from worker_ops.migrate.copilot.variables import container_secrets, container_variables
from worker_ops.migrate.field import Field

#: Inputs of one.
Made = dict[str, Any]

_MOST_SIDECARS = 8
#: What the component names itself.
_TAKEN = ("worker", "otel-collector", "log-router")
_CONDITIONS = ("START", "HEALTHY", "COMPLETE", "SUCCESS")
_ENDED = ("COMPLETE", "SUCCESS")
_USER = (
    "it runs as user 10001: set `user` where its image needs another one; of COPILOT_QUEUE_URI,"
    " COPILOT_TOPIC_QUEUE_URIS and COPILOT_SNS_TOPIC_ARNS, which Copilot told it too, write into its"
    " `environment` what it reads"
)
_BY_HAND = {
    "credentialsParameter": "copy the image to a repository in ECR: no input names credentials of another registry",
    "labels": "write them as LABEL into the sidecar's Dockerfile: no input sets labels",
    "env_file": "write its lines into the sidecar's `environment`, and what is secret into its `secrets`",
    "mount_points": "a sidecar shares /tmp with the worker (`shares_tmp`); file systems are the worker's alone",
}


def sidecars(source: Field, conversion: Conversion) -> None:
    """`sidecars`."""
    made: dict[str, Made] = {}
    for name, sidecar in source.fields.items():
        image = _image(sidecar, conversion)
        if image is None:
            continue
        if _key(name) in made or len(made) == _MOST_SIDECARS:
            conversion.report.by_hand(sidecar, f"a task has {_MOST_SIDECARS} sidecars, each with a name of its own")
        else:
            made[_key(name)] = _made(sidecar, image, f"sidecars.{_key(name)}", conversion)
    for name, sidecar in source.fields.items():
        if (waiting := sidecar.get("depends_on")) and _key(name) in made:
            _depends_on(waiting, _key(name), made, conversion)
    if made:
        conversion.args["sidecars"] = made


def image_depends_on(source: Field, conversion: Conversion) -> None:
    """`image.depends_on`, once the sidecars are known: what the worker waits for."""
    for name, field in source.fields.items():
        sidecar = conversion.args.get("sidecars", {}).get(_key(name))
        if sidecar is None:
            conversion.report.by_hand(field, f"there is no sidecar {name} here that the worker could wait for")
        elif condition := _condition(field, sidecar, conversion):
            sidecar["worker_waits_for"] = condition
            conversion.report.mapped(field, f"sidecars.{_key(name)}.worker_waits_for")


def _key(name: str) -> str:
    """The sidecar's name here."""
    key = slug(name, 20)
    return f"{key[:17]}-2" if key in _TAKEN else key


def _image(source: Field, conversion: Conversion) -> Field | None:
    """What says the sidecar's image; none where it is built, or is no image, which the report says."""
    image = source.get("image")
    location = image.get("location") if image and image.text is None else image
    if location is not None and re.fullmatch(IMAGE, location.text or "") and len(location.text or "") <= 200:
        return location
    told = "build its image yourself, and write all of it into `sidecars`: a pipeline builds the worker's alone"
    conversion.report.by_hand(source, told)
    return None


def _made(source: Field, image: Field, prefix: str, conversion: Conversion) -> Made:
    """The sidecar as Copilot ran it, with the names that it told every container."""
    sidecar: Made = {"image": image.text, "read_only_root": False}
    conversion.report.mapped(image, f"{prefix}.image; {_USER}")
    environment = {
        "COPILOT_APPLICATION_NAME": conversion.application,
        "COPILOT_ENVIRONMENT_NAME": conversion.environment,
        "COPILOT_SERVICE_NAME": conversion.service,
        "COPILOT_SERVICE_DISCOVERY_ENDPOINT": f"{conversion.environment}.{conversion.application}.local",
    }
    sidecar["environment"] = environment
    if variables := source.get("variables"):
        container_variables(variables, conversion, environment, sidecar, prefix)
    if secrets := source.get("secrets"):
        container_secrets(secrets, conversion, sidecar, prefix)
    _set_start(source, sidecar, prefix, conversion)
    for name, how in _BY_HAND.items():
        if found := source.get(name):
            conversion.report.by_hand(found, how)
    return sidecar


def _set_start(source: Field, sidecar: Made, prefix: str, conversion: Conversion) -> None:
    """How it starts, what it listens to, and when the task ends with it."""
    for name, key in (("entrypoint", "entry_point"), ("command", "command")):
        if (found := source.get(name)) and (words := command_texts(found, conversion)):
            sidecar[key] = words
            conversion.report.mapped(found, f"{prefix}.{key}")
    essential = source.get("essential")
    if essential and (said := conversion.flag(essential)) is not None:
        sidecar["essential"] = said
        conversion.report.mapped(essential, f"{prefix}.essential")
    if check := source.get("healthcheck"):
        sidecar["health_check"] = health_check(check, conversion, f"{prefix}.health_check")
    if port := source.get("port"):
        _port(port, sidecar, prefix, conversion)


def _port(source: Field, sidecar: Made, prefix: str, conversion: Conversion) -> None:
    """9000, 9000/tcp or 2000/udp."""
    number, _, protocol = (source.text or "").partition("/")
    if not re.fullmatch(r"[1-9][0-9]{0,4}", number) or int(number) > 65_535 or protocol not in ("", "tcp", "udp"):
        conversion.report.not_understood(source, "is not a port such as 9000 or 2000/udp")
    elif protocol == "udp":
        conversion.report.dropped(
            source, "containers of a task reach each other on localhost without saying a UDP port"
        )
    else:
        sidecar["ports"] = [int(number)]
        conversion.report.mapped(source, f"{prefix}.ports")


def _depends_on(source: Field, key: str, made: Mapping[str, Made], conversion: Conversion) -> None:
    worker = {"health_check": {}} if conversion.args["health_check"]["enabled"] else {}
    for name, field in source.fields.items():
        other = "worker" if name == conversion.service else _key(name)
        if other != "worker" and other not in made:
            conversion.report.by_hand(field, f"there is no sidecar {name} here that it could wait for")
        elif condition := _condition(field, made.get(other, worker), conversion):
            made[key].setdefault("depends_on", {})[other] = condition
            conversion.report.mapped(field, f"sidecars.{key}.depends_on")


def _condition(source: Field, other: Made, conversion: Conversion) -> str | None:
    """As ECS names it; none where it could not come true of the other one, which the report says."""
    said = (source.text or "").upper()
    if said not in _CONDITIONS:
        conversion.report.not_understood(source, "is not start, healthy, complete or success")
    elif said == "HEALTHY" and "health_check" not in other:
        conversion.report.by_hand(source, "a container without a health check is never healthy: give it one")
    elif said in _ENDED and other.get("essential", True):
        conversion.report.by_hand(source, "an essential container must not end: set its `essential` to false")
    else:
        return said
    return None
