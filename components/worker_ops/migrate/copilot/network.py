"""The network of a manifest: subnets and security groups, of the environment's own stack unless ids are given."""

from __future__ import annotations

from worker_ops.migrate.conversion import Conversion, Part, convert_parts
from worker_ops.migrate.copilot.environment import EnvironmentNetwork, exported
from worker_ops.migrate.copilot.variables import from_export
from worker_ops.migrate.field import Field

#: What an ECS service takes beside its own group.
_MOST_GROUPS = 4


def set_network(conversion: Conversion, place: EnvironmentNetwork) -> None:
    """Where Copilot runs a service that says nothing: public subnets, with the environment's security group."""
    names = (conversion.application, conversion.environment)
    conversion.network = {
        "cluster_arn": "arn:${aws:partition}:ecs:${aws:region}:${aws:account_id}:cluster/"
        + exported(*names, "ClusterId"),
        "vpc_id": place.vpc_id,
        "subnet_ids": place.public_subnet_ids,
        "assign_public_ip": True,
        "security_group_ids": [exported(*names, "EnvironmentSecurityGroup")],
    }


def network_of(place: EnvironmentNetwork) -> Part:
    """`network`, in an environment with this network."""

    def placement(source: Field, conversion: Conversion) -> None:
        _placement(source, conversion, place)

    def vpc(source: Field, conversion: Conversion) -> None:
        convert_parts(source, conversion, {"placement": placement, "security_groups": _security_groups})

    return lambda source, conversion: convert_parts(source, conversion, {"vpc": vpc, "connect": _connect})


def _placement(source: Field, conversion: Conversion, place: EnvironmentNetwork) -> None:
    if source.text in ("public", "private"):
        is_public = source.text == "public"
        conversion.network |= {
            "subnet_ids": place.public_subnet_ids if is_public else place.private_subnet_ids,
            "assign_public_ip": is_public,
        }
        conversion.report.mapped(source, "subnet_ids, assign_public_ip")
        return
    subnets = source.get("subnets")
    if subnets is None:
        conversion.report.not_understood(source, "is not public, private or subnets")
    elif tags := subnets.get("from_tags"):
        conversion.report.by_hand(tags, "find the subnets of these tags, and write their ids into `subnet_ids`")
    elif ids := conversion.words(subnets):
        # Whatever they are: Copilot gives a public IP only by the word public.
        conversion.network |= {"subnet_ids": ids, "assign_public_ip": False}
        conversion.report.mapped(subnets, "subnet_ids")


def _security_groups(source: Field, conversion: Conversion) -> None:
    """Ids, or exports that hold one; the environment's own group comes first unless it is denied."""
    denied = source.get("deny_default")
    groups = list(conversion.network["security_group_ids"])
    if denied and (is_denied := conversion.flag(denied)) is not None:
        conversion.report.mapped(denied, "security_group_ids")
        groups = [] if is_denied else groups
    given = source.get("groups") if source.fields else source
    for group in given.items if given else []:
        named = group.text or from_export(group)
        if named is None:
            conversion.report.not_understood(group, "is neither a security group's id nor from_cfn")
        elif len(groups) == _MOST_GROUPS:
            conversion.report.by_hand(group, "the service's own group and four others are what a task may be in")
        else:
            groups.append(named)
            conversion.report.mapped(group, "security_group_ids")
    conversion.network["security_group_ids"] = groups


def _connect(source: Field, conversion: Conversion) -> None:
    if source.text in ("false", "False"):
        conversion.report.dropped(source, "there is no Service Connect without it either")
        return
    conversion.report.by_hand(
        source,
        "`service_connect` joins the cluster's default namespace, which Copilot did not set: aws ecs update-cluster"
        " --cluster CLUSTER --service-connect-defaults namespace=ENVIRONMENT.APPLICATION.local"
        " first, then set it to true",
    )
