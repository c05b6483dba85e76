"""`workers migrate`: from AWS Copilot and AWS Proton to a Pulumi project, with an account of every field."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from worker_ops.account import Account
from worker_ops.commands.verify import verify
from worker_ops.errors import OpsError
from worker_ops.migrate.converted import Converted
from worker_ops.migrate.copilot.convert import convert_workspace
from worker_ops.migrate.copilot.manifest import checked_name
from worker_ops.migrate.copilot.workspace import read_workspace
from worker_ops.migrate.proton.convert import Facts, convert_spec
from worker_ops.migrate.proton.deployed_pipeline import deployed_source
from worker_ops.migrate.report import Outcome
from worker_ops.migrate.scaling_figures import TITLES, figures_beside_default, what_figures_are_of
from worker_ops.migrate.written_projects import write_projects
from worker_ops.options import exit_code
from worker_ops.screen import Screen

#: Something is left for a person.
EXIT_NEEDS_PERSON = 3

_STYLES = {Outcome.BY_HAND: "yellow", Outcome.NOT_UNDERSTOOD: "red"}

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Move in from AWS Copilot or AWS Proton.")

app.command()(verify)

Out = Annotated[Path, typer.Option(help="Folder to write the projects to, one for each service.")]
Check = Annotated[bool, typer.Option("--check", help="Only report; write nothing.")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


@app.command()
def copilot(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The repository with the folder copilot.")],
    out: Out = Path("pulumi"),
    check: Check = False,
    as_json: AsJson = False,
    application: Annotated[str | None, typer.Option(help="Copilot's application, where .workspace is lost.")] = None,
    environment: Annotated[
        list[str] | None, typer.Option(help="An environment that no file names; again for each.")
    ] = None,
    variable: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="A variable of the shell that manifests name.")
    ] = None,
) -> None:
    """Convert a Copilot workspace's Worker Services.

    Exit code 3: something is left for a person.

    Example: workers migrate copilot . --check

    Rights: none, it reads files.
    """

    def convert() -> Converted:
        workspace = read_workspace(directory, application=application, environments=environment or [])
        return convert_workspace(workspace, _pairs("--variable", variable or []))

    raise typer.Exit(exit_code(lambda: _answer(convert, None if check else out, Screen(as_json=as_json))))


@app.command()
def proton(
    spec: Annotated[Path, typer.Argument(metavar="SPEC", help="The service's spec.yaml (proton: ServiceSpec).")],
    service: Annotated[str, typer.Option(help="Name of the service in Proton, which no spec has.")],
    out: Out = Path("pulumi"),
    check: Check = False,
    as_json: AsJson = False,
    environment_spec: Annotated[
        list[str] | None, typer.Option(metavar="NAME=FILE", help="Spec of an environment; again for each.")
    ] = None,
    environment_stack: Annotated[
        list[str] | None, typer.Option(metavar="NAME=STACK", help="CloudFormation stack of an environment.")
    ] = None,
    connection_arn: Annotated[str | None, typer.Option(help="The pipeline's connection to the repository.")] = None,
    repository_id: Annotated[str | None, typer.Option(help="The pipeline's repository: owner/repository.")] = None,
    branch: Annotated[str | None, typer.Option(help="The pipeline's branch.")] = None,
    pipeline: Annotated[
        str | None, typer.Option(help="Pipeline that Proton deployed, to read all three from the account.")
    ] = None,
    region: Annotated[str | None, typer.Option(help="AWS region of that pipeline; by itself the AWS CLI's.")] = None,
    profile: Annotated[str | None, typer.Option(help="Profile of the AWS CLI's settings.")] = None,
) -> None:
    """Convert a spec of AWS Proton's worker-fargate-svc.

    Exit code 3: something is left for a person.

    Example: workers migrate proton spec.yaml --service orders --check

    Rights: none, it reads files; with --pipeline codepipeline:GetPipeline on it.
    """

    def convert() -> Converted:
        given = {"connection_arn": connection_arn, "repository_id": repository_id, "branch": branch}
        found = deployed_source(Account(region=region, profile=profile), pipeline) if pipeline else {}
        facts = Facts(
            checked_name("--service", service),
            _stacks(environment_stack or []),
            {**found, **{key: value for key, value in given.items() if value}},
        )
        specs = _pairs("--environment-spec", environment_spec or [])
        named = {checked_name("--environment-spec", name): Path(file) for name, file in specs.items()}
        return convert_spec(spec, named, facts)

    raise typer.Exit(exit_code(lambda: _answer(convert, None if check else out, Screen(as_json=as_json))))


def _pairs(option: str, given: Sequence[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in given]
    for name, equals, _ in pairs:
        if not name or not equals:
            raise OpsError(f"{option}: {name!r} is not NAME=VALUE")
    return {name: value for name, _, value in pairs}


def _stacks(given: Sequence[str]) -> dict[str, str]:
    """Names of CloudFormation stacks by environments, for the program to look up."""
    stacks = _pairs("--environment-stack", given)
    for stack in stacks.values():
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,127}", stack):
            raise OpsError(f"--environment-stack: {stack!r} is not a CloudFormation stack's name")
    return stacks


def _answer(convert: Callable[[], Converted], out: Path | None, screen: Screen) -> int:
    converted = convert()
    written = [] if out is None else write_projects(converted.files, out)
    report = converted.report
    screen.document(
        {
            "needs_person": report.needs_person,
            "fields": [found.document() for found in report.findings],
            "scaling": {
                "written": converted.scaling,
                "titles": TITLES,
                "rows": figures_beside_default(converted.scaling),
            },
            "written": [str(path) for path in written],
        }
    )
    if not screen.as_json:
        _show(converted, written, screen)
    return EXIT_NEEDS_PERSON if report.needs_person else 0


def _show(converted: Converted, written: Sequence[Path], screen: Screen) -> None:
    report = converted.report
    screen.table(
        ("place", "field", "outcome", ""),
        [(str(found.place), found.path, found.outcome.value, found.told) for found in report.findings],
    )
    for outcome, count in report.counts().items():
        if count:
            screen.say(f"{count} {outcome.value}", _STYLES.get(outcome, ""))
    screen.say(what_figures_are_of(converted.scaling))
    screen.table(TITLES, figures_beside_default(converted.scaling))
    for path in written:
        screen.say(f"wrote {path}")
    if report.needs_person:
        screen.say("Something is left for a person: what is by hand or not understood.", "yellow")
