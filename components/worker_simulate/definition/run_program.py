"""Runs a Pulumi program under mocks, without engine, provider or cloud, and keeps what it registers."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime import mocks, rpc

from worker_simulate.definition.run_on_mocks import run_on_mocks
from worker_simulate.errors import SimulateError

_ACCOUNT = "111122223333"
#: Services whose ARNs have no kind before the name.
_PLAIN_ARNS = ("sqs", "sns", "s3")


@dataclass(frozen=True)
class Registration:
    """A resource that a program registered, with what AWS would add to it."""

    type: str
    name: str
    state: dict[str, Any]
    """camelCase; whole numbers are int."""


def run_program(main: Path, project: str, stack: str, config: Mapping[str, str]) -> list[Registration]:
    """Run the program in its folder. `config` is as the CLI hands it over: full keys, values as text.

    Raises SimulateError with what the program has to say against its config.
    """
    recorder = _Recorder(config.get("aws:region", "eu-west-1"))

    try:
        run_on_mocks(main, recorder, project=project, stack=stack, config=config)
    except pulumi.RunError as error:
        raise SimulateError(str(error).splitlines()) from error
    except KeyboardInterrupt:
        raise
    # A program may end itself, which is no Exception; the simulator would end with it, and say nothing.
    except BaseException as error:
        raise SimulateError([f"{main.name} failed: {type(error).__name__}: {error}"]) from error
    # Threads register them, in an order of their own: the same program must give the same answers.
    return sorted(recorder.registrations, key=lambda registration: (registration.type, registration.name))


class _Recorder(mocks.Mocks):
    """Answers as AWS would, in outline: ids, ARNs, names and addresses made of the logical names."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._lock = threading.Lock()
        self.registrations: list[Registration] = []

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """Keep it, and return its inputs and what AWS would compute."""
        inputs = _plain(args.inputs)
        # A remote component's outputs may share names with inputs of another meaning.
        echoed = {} if args.typ.startswith("awsx:") else inputs
        state = {**self._computed(args.typ, args.name, inputs), **echoed}
        if not args.custom:
            return "", state
        with self._lock:
            self.registrations.append(Registration(args.typ, args.name, state))
        return args.name, state

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """Answer a provider's function with what most of them are asked for."""
        common = {
            "accountId": _ACCOUNT,
            "region": self._region,
            "name": self._region,
            "ids": ["rtb-0"],
            "serviceName": "s3",
        }
        return {**common, **args.args}, []

    def _computed(self, type_: str, name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
        subnets = [f"subnet-{index:017x}" for index in range(3)]
        network = {"vpcId": f"vpc-{0:017x}", "publicSubnetIds": subnets, "privateSubnetIds": subnets}
        if type_ == "pulumi:pulumi:StackReference":
            cluster_arn = f"arn:aws:ecs:{self._region}:{_ACCOUNT}:cluster/shared"
            outputs = {
                "vpc_id": network["vpcId"],
                "public_subnet_ids": subnets,
                "private_subnet_ids": subnets,
                "cluster_arn": cluster_arn,
            }
            return {"outputs": outputs, "secretOutputNames": []}
        service, _, kind = type_.split(":")[1].partition("/")
        physical = inputs.get("name") or name
        plain_arn = service in _PLAIN_ARNS
        path = physical if plain_arn else f"{kind}/{physical}"
        own_network = network if type_.startswith("awsx:") else {}
        return {
            **own_network,
            "arn": f"arn:aws:{service}:{self._region}:{_ACCOUNT}:{path}",
            "name": physical,
            "keyId": name,
            "url": f"https://sqs.{self._region}.amazonaws.com/{_ACCOUNT}/{physical}",
            "repositoryUrl": f"{_ACCOUNT}.dkr.ecr.{self._region}.amazonaws.com/{physical}",
            # Of the dynamic resource that builds an image.
            "image": f"{_ACCOUNT}.dkr.ecr.{self._region}.amazonaws.com/{physical}@sha256:{0:064x}",
            "deployed_tag": "deployed",
        }


def _plain(value: Any) -> Any:
    if rpc.is_rpc_secret(value):
        return _plain(rpc.unwrap_rpc_secret(value))
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
