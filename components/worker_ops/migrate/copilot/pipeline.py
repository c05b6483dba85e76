"""The manifest of a pipeline: the arguments of a PipelineComponent, as far as a manifest has them."""

from __future__ import annotations

import re
from typing import Any

from worker_ops.errors import OpsError
from worker_ops.migrate.conversion import Conversion, Part, bounded, convert_parts
from worker_ops.migrate.copilot.operations import by_hand
from worker_ops.migrate.field import Field
from worker_ops.migrate.report import Report

UNKNOWN = "a pipeline of Copilot's has no such field"

#: The deploy project, role and log group of a target are named after its stack.
_STACK_MOST_CHARACTERS = 20
_TOO_LONG = (
    f"a pipeline's stacks have {_STACK_MOST_CHARACTERS} characters at most: call this one {{stack}}, and its file"
    f" Pulumi.{{stack}}.yaml in place of Pulumi.{{environment}}.yaml"
)
_CONNECTED = ("GitHub", "Bitbucket")
_REPOSITORY = r"(?:https://[^/]+/|git@[^:]+:)?([\w.-]+(?:/[\w.-]+)+)/?"
_CLOUDFORMATION = "a stack is deployed by `pulumi up`: it needs neither template nor CloudFormation's name"
_DEPLOYMENTS = (
    "each service has a pipeline of its own: take this stage's target out of it where the service is not named here; no"
    " pipeline waits for another one (depends_on)"
)
_CONNECTION = (
    "fill in connection_arn: aws codeconnections list-connections; Copilot called its own copilot-APPLICATION-PIPELINE"
)


def convert_pipeline(source: Field, application: str, report: Report) -> dict[str, Any]:
    """Arguments of PipelineComponent but service_dir, dockerfile and program_dir; what is to fill in is in capitals.

    Raises OpsError for another version than 1.
    """
    version = source.get("version")
    if version is None or version.text != "1":
        place = version.place if version else source.place
        said = version.text if version else "nothing"
        raise OpsError(f"{place}: version: {said} is not 1, the only one that there is")
    conversion = Conversion(application, "", "", report)
    conversion.args |= {
        "source": "connection",
        "connection_arn": "CONNECTION_ARN",
        "repository_id": "OWNER/REPOSITORY",
        "state_backend_url": "STATE_BACKEND_URL",
        "targets": [],
    }
    for name in ("name", "version"):
        if field := source.get(name):
            report.mapped(field, "stack pipeline")
    convert_parts(source, conversion, {"source": _source, "build": _build, "stages": _stages})
    report.settle(source, (), UNKNOWN)
    return conversion.args


def _source(source: Field, conversion: Conversion) -> None:
    convert_parts(source, conversion, {"provider": _provider, "properties": _properties})


def _provider(source: Field, conversion: Conversion) -> None:
    if source.text in _CONNECTED:
        conversion.report.mapped(source, "source: connection")
    elif source.text == "GitHubV1":
        conversion.report.by_hand(source, "make a connection to GitHub in place of the token")
    elif source.text == "CodeCommit":
        conversion.report.by_hand(source, "there is no CodeCommit source: use a connection, or `source: s3`")
    else:
        conversion.report.not_understood(source, f"{source.text!r} is no provider of Copilot's")


def _properties(source: Field, conversion: Conversion) -> None:
    parts: dict[str, Part] = {
        "repository": _repository,
        "branch": lambda field, of: of.put(field, "branch", field.text or "main"),
        "connection_name": by_hand(_CONNECTION),
        "access_token_secret": lambda field, of: of.report.dropped(field, "a connection needs no token"),
        "output_artifact_format": lambda field, of: of.report.dropped(field, "artifacts are ZIP files"),
    }
    convert_parts(source, conversion, parts)
    if source.get("connection_name") is None and (repository := source.get("repository")):
        conversion.report.by_hand(repository, _CONNECTION)


def _repository(source: Field, conversion: Conversion) -> None:
    found = re.fullmatch(_REPOSITORY, source.text or "")
    if found:
        conversion.put(source, "repository_id", found[1].removesuffix(".git"))
    else:
        conversion.report.not_understood(source, f"{source.text!r} is no address of a repository")


def _build(source: Field, conversion: Conversion) -> None:
    parts: dict[str, Part] = {
        "image": lambda field, of: of.report.dropped(field, "builds run on CodeBuild's own image, kept up to date"),
        "buildspec": by_hand(
            "what it does before the build comes into `unit_test_command`; the pipeline does the rest"
        ),
        "additional_policy": by_hand("the build's role has what a build needs: attach to it what your commands need"),
    }
    convert_parts(source, conversion, parts)


def _stages(source: Field, conversion: Conversion) -> None:
    for stage in source.items:
        _stage(stage, conversion)


def _stage(source: Field, conversion: Conversion) -> None:
    name = source.get("name")
    if name is None or not name.text:
        conversion.report.not_understood(source, "needs a name")
        return
    target = _target(name, name.text, conversion)
    if approval := source.get("requires_approval"):
        target["approval"] = bool(conversion.flag(approval))
        conversion.report.mapped(approval, "targets: approval")
    if misspelt := source.get("require_approval"):
        conversion.report.not_understood(misspelt, "Copilot reads requires_approval: this stage asked nobody")
    if (tests := source.get("test_commands")) and (commands := conversion.words(tests)):
        target["test_command"] = " && ".join(f"({command})" for command in commands)
        conversion.report.mapped(tests, "targets: test_command")
    before = "`pre_deploy_command` of the service does so in a task of the new image"
    after = "`test_command` does so in the pipeline"
    for field, how, other in (("pre_deployments", "before", before), ("post_deployments", "after", after)):
        if found := source.get(field):
            conversion.report.by_hand(found, f"runs {how} the deployment: {other}")
    if deployments := source.get("deployments"):
        conversion.report.by_hand(deployments, f"{_DEPLOYMENTS}, and {_CLOUDFORMATION}")


def _target(name: Field, environment: str, conversion: Conversion) -> dict[str, Any]:
    """The target of a stage, which has the environment's name."""
    stack = bounded(environment, _STACK_MOST_CHARACTERS)
    target: dict[str, Any] = {
        "stack": stack,
        "account_id": "ACCOUNT_ID",
        "region": "REGION",
        "deploy_role": f"{stack}-deploy",
    }
    conversion.args["targets"].append(target)
    conversion.report.mapped(name, f"targets: stack {stack}")
    conversion.report.by_hand(
        name,
        "fill in the target's account_id and region, and state_backend_url; make its deploy_role (docs/pipeline.md)"
        + ("" if stack == environment else f"; {_TOO_LONG.format(environment=environment, stack=stack)}"),
    )
    return target
