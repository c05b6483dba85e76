"""The manifest of an environment: its network, where it is imported; all else stays in the environment's own stack."""

from __future__ import annotations

from dataclasses import dataclass

from worker_ops.errors import OpsError
from worker_ops.migrate.field import Field
from worker_ops.migrate.report import Report

UNKNOWN = "Copilot's Environment has no such field"

_STAYS = "stays in the environment's stack, where the service runs; an Environment of your own has "
_WEB = "load balancers and CloudFront are for services that serve HTTP; they stay in the environment's stack"


@dataclass(frozen=True)
class EnvironmentNetwork:
    """Ids of a network that the environment was given; exports of its stack where it made its own."""

    vpc_id: str
    public_subnet_ids: list[str]
    private_subnet_ids: list[str]


def exported(application: str, environment: str, what: str) -> str:
    """What looks up an export of the environment's stack.

    internal/pkg/template/templates/environment/cf.yml of aws/copilot-cli names them.
    """
    return f"${{aws:export {application}-{environment}-{what}}}"


def convert_environment(source: Field | None, application: str, environment: str, report: Report) -> EnvironmentNetwork:
    """The network of an environment, with or without a manifest. Raises OpsError for a manifest of another type."""
    own = {kind: [exported(application, environment, f"{kind.capitalize()}Subnets")] for kind in ("public", "private")}
    vpc_id = exported(application, environment, "VpcId")
    if source is None:
        return EnvironmentNetwork(vpc_id, own["public"], own["private"])
    kind = source.get("type")
    if kind is None or kind.text != "Environment":
        raise OpsError(f"{kind.place if kind else source.place}: type: is not Environment")
    for name in ("name", "type"):
        if field := source.get(name):
            report.mapped(field, f"stack {environment}")
    if (vpc := source.get("network", "vpc", "id")) and vpc.text:
        vpc_id = vpc.text
        report.mapped(vpc, "vpc_id")
    own |= {key: ids for key in own if (ids := _subnet_ids(source.get("network", "vpc", "subnets", key), report))}
    _tell_what_stays(source, report)
    report.settle(source, (), UNKNOWN)
    return EnvironmentNetwork(vpc_id, own["public"], own["private"])


def _subnet_ids(source: Field | None, report: Report) -> list[str]:
    found = [item.get("id") for item in source.items] if source else []
    ids = [field for field in found if field and field.text]
    for field in ids:
        report.mapped(field, "subnet_ids, where a service is placed there")
    return [field.text or "" for field in ids]


def _tell_what_stays(source: Field, report: Report) -> None:
    ways = {
        ("network", "vpc", "cidr"): f"{_STAYS}`vpc_cidr`",
        ("network", "vpc", "security_group"): "stays on the environment's security group, which the tasks are in",
        ("network", "vpc", "flow_logs"): f"{_STAYS}`flow_log_retention_days`",
        ("observability", "container_insights"): f"{_STAYS}`container_insights`",
        ("cdn",): _WEB,
        ("http",): _WEB,
    }
    for way, why in ways.items():
        if field := source.get(*way):
            report.dropped(field, why)
    for kind in ("public", "private"):
        subnets = source.get("network", "vpc", "subnets", kind)
        for subnet in subnets.items if subnets else []:
            for name in ("cidr", "az"):
                if field := subnet.get(name):
                    report.dropped(field, f"{_STAYS}`{kind}_subnet_cidrs`")
