"""A spec of AWS Proton's fargate-env: the arguments of an Environment, for a network of the project's own."""

from __future__ import annotations

import re
from typing import Any

from worker_ops.migrate.field import Field
from worker_ops.migrate.proton.service_spec import ENVIRONMENT_KIND, refuse_other_kinds
from worker_ops.migrate.report import Report

UNKNOWN = "fargate-env has no such input: a changed template is not converted; see what it did with it"
_SUBNETS = {
    "public_subnet_cidrs": ("public_subnet_one_cidr", "public_subnet_two_cidr"),
    "private_subnet_cidrs": ("private_subnet_one_cidr", "private_subnet_two_cidr"),
}
#: By the schema of fargate-env.
_DEFAULTS = {
    "public_subnet_one_cidr": "10.0.0.0/18",
    "public_subnet_two_cidr": "10.0.64.0/18",
    "private_subnet_one_cidr": "10.0.128.0/18",
    "private_subnet_two_cidr": "10.0.192.0/18",
}
_CIDR = r"([0-9]{1,3}\.){3}[0-9]{1,3}/(1[6-9]|2[0-8])"


def convert_environment_spec(source: Field, report: Report) -> dict[str, Any]:
    """Arguments of Environment. Raises OpsError where the file is another one."""
    refuse_other_kinds(source, ENVIRONMENT_KIND)
    report.mapped(source.fields["proton"], "Environment")
    spec = source.get("spec")
    args: dict[str, Any] = {"shared_topics": {"ping": {}}}
    if spec and (vpc := spec.get("vpc_cidr")) and _is_cidr(vpc, report):
        args["vpc_cidr"] = vpc.text
        report.mapped(vpc, "vpc_cidr")
    for key, names in _SUBNETS.items():
        fields = [spec.get(name) if spec else None for name in names]
        if any(fields):
            args[key] = [
                field.text if field and _is_cidr(field, report) else _DEFAULTS[name]
                for name, field in zip(names, fields, strict=True)
            ]
        for field in fields:
            if field and _is_cidr(field, report):
                report.mapped(field, key)
    report.settle(source, (), UNKNOWN)
    return args


def _is_cidr(source: Field, report: Report) -> bool:
    if re.fullmatch(_CIDR, source.text or ""):
        return True
    report.not_understood(source, f"{source.text!r} is not a range of addresses of /16 to /28")
    return False
