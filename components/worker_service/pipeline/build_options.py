"""BuildOptions: what `docker build` is told beside the folder and the platform."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from worker_service.inputs.rules import MapOf, Text

BUILD_ARGUMENTS = MapOf(
    Text(1, 100, r"[A-Za-z_]\w*", "a name of letters, digits and _"), Text(0, 2_000), maximum_entries=50
)
BUILD_SECRETS = MapOf(
    Text(1, 100, r"[A-Za-z0-9][\w.-]*", "an id of letters, digits, _ . and -"),
    Text(
        1,
        2_048,
        r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+-[A-Za-z0-9]{6}(:[^:]*){0,3}",
        "a secret's whole ARN, with :JSON-KEY behind it or not",
    ),
    maximum_entries=20,
)
TARGET_STAGE = Text(1, 100, r"[A-Za-z0-9][\w.-]*", "the name of a stage of the Dockerfile")


@dataclass(frozen=True)
class BuildOptions:
    """As the inputs of PipelineComponent give them."""

    arguments: Mapping[str, str]
    secrets: Mapping[str, str]
    """Ids to the ARNs of secrets in Secrets Manager."""
    target_stage: str | None
    uses_cache: bool

    @classmethod
    def of(cls, args: Mapping[str, Any]) -> Self:
        """Those of a PipelineComponent's arguments, defaults included."""
        return cls(args["build_arguments"], args["build_secrets"], args.get("target_stage"), args["build_cache"])

    @property
    def docker_options(self) -> str:
        """For the shell: names stand there, which are letters and digits, and values in variables."""
        arguments = [f'--build-arg {name}="$BUILD_ARG_{name}"' for name in sorted(self.arguments)]
        secrets = [f"--secret id={id_},env={variable}" for id_, variable in self._secret_variables.items()]
        target = ['--target "$TARGET_STAGE"'] if self.target_stage else []
        return "".join(f"{option} " for option in (*arguments, *secrets, *target))

    @property
    def variables(self) -> dict[str, str]:
        """Variables of the build, by name."""
        target = {"TARGET_STAGE": self.target_stage} if self.target_stage else {}
        return {**{f"BUILD_ARG_{name}": value for name, value in self.arguments.items()}, **target}

    @property
    def secret_variables(self) -> dict[str, str]:
        """Variables of the build that CodeBuild reads from Secrets Manager: ARNs by name."""
        return {variable: self.secrets[id_] for id_, variable in self._secret_variables.items()}

    @property
    def secret_arns(self) -> list[str]:
        """The secrets' own ARNs, without what stands behind them."""
        return sorted({":".join(arn.split(":")[:7]) for arn in self.secrets.values()})

    @property
    def variant(self) -> str:
        """What makes another image of the same folder; empty where nothing does. A secret is no part of an image."""
        if not self.arguments and not self.target_stage:
            return ""
        return json.dumps({"arguments": dict(self.arguments), "target_stage": self.target_stage}, sort_keys=True)

    @property
    def _secret_variables(self) -> dict[str, str]:
        return {id_: f"BUILD_SECRET_{index}" for index, id_ in enumerate(sorted(self.secrets))}


def build_option_conflicts(args: Mapping[str, Any]) -> Iterable[str]:
    """Keys are of secrets."""
    if "build_secret_kms_key_arns" in args and not args["build_secrets"]:
        yield "build_secret_kms_key_arns: goes with build_secrets"
