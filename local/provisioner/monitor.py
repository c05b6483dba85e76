"""The resource monitor that the program talks to: it creates in the emulator what the program registers."""

from __future__ import annotations

import difflib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from botocore.exceptions import BotoCoreError, ClientError
from pulumi.runtime import mocks

from local.aws import Aws
from local.errors import BoxError
from local.provisioner.creators import CREATORS, FUNCTIONS
from local.provisioner.provider_aws import provider_aws
from local.provisioner.resource import Resource, plain

_PROVIDER = "pulumi:providers:"
_STACK = "pulumi:pulumi:Stack"


@dataclass(frozen=True)
class Created:
    """A resource that now exists, for display."""

    type: str
    name: str
    component: str
    """Type of the outermost component that it is part of; empty where it is part of none."""
    seconds: float


class Provisioner(mocks.Mocks):
    """Creates resources; after the first failure it creates no more, and `failure` says why."""

    def __init__(self, aws: Aws, on_created: Callable[[Created], None]) -> None:
        self._aws = aws
        self._on_created = on_created
        self._lock = threading.Lock()
        self._of_providers: dict[str, Aws] = {}
        self._components: dict[tuple[str, str], str] = {}
        self.failure: BoxError | None = None

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """Create one resource and return its id and state: the inputs, and what the emulator computed."""
        creates_nothing = args.typ.startswith(_PROVIDER) or not (args.custom or args.typ in CREATORS)
        if args.typ.startswith(_PROVIDER):
            self._note_provider(args.name, plain(args.inputs))
        if creates_nothing:
            return "", args.inputs
        if self.failure:
            raise self.failure
        started = time.monotonic()
        outputs = self._create(self._aws_of(args.provider), Resource(args.typ, args.name, plain(args.inputs)))
        with self._lock:
            component = self._components.get((args.typ, args.name), "")
            self._on_created(Created(args.typ, args.name, component, time.monotonic() - started))
        physical_id = outputs.pop("id", "")
        # A remote component's outputs may share names with inputs of another meaning.
        echoed = args.inputs if args.custom else {}
        return physical_id, {**echoed, **outputs}

    def call(self, args: mocks.MockCallArgs) -> Any:
        """Answer a provider's function, if it is one of those that the components call."""
        if args.token not in FUNCTIONS:
            self._fail(f"the program calls {args.token}, which the box cannot answer: only resources exist here")
        return FUNCTIONS[args.token](self._aws, plain(args.args))

    def refuse_reading(self, type_: str, name: str) -> NoReturn:
        """Refuse what exists elsewhere: another stack's outputs, or a resource of a real account."""
        if type_ == "pulumi:pulumi:StackReference":
            self._fail(f"the program reads the outputs of stack {name}, and the box sees no other stack")
        self._fail(f"the box cannot create {type_} by its id ({name!r}): it has only what the program makes in it")

    def refuse_unknown(self, type_: str, name: str) -> None:
        """Refuse a resource that only a provider's plugin could create."""
        if type_ in CREATORS:
            return
        near = difflib.get_close_matches(type_, CREATORS, n=1)
        hint = f" (it knows {near[0]})" if near else ""
        self._fail(f"the box cannot create {type_} ({name!r}){hint}: add its creator to local/provisioner/creators.py")

    def note_parent(self, type_: str, name: str, parent_urn: str) -> None:
        """A resource is a child of this parent: urn:pulumi:STACK::PROJECT::OUTERMOST_TYPE$...$TYPE::NAME."""
        outermost = parent_urn.split("::")[2].partition("$")[0] if parent_urn else _STACK
        self._components[type_, name] = "" if outermost == _STACK else outermost

    def _note_provider(self, name: str, inputs: dict[str, Any]) -> None:
        """A provider of the program's own may be for another region, or act as a role of another account."""
        self._of_providers[name] = provider_aws(self._aws, inputs)

    def _aws_of(self, provider: str | None) -> Aws:
        """The account and region of a provider, by its reference: URN::id."""
        name = provider.split("::")[-2] if provider and "::" in provider else ""
        return self._of_providers.get(name, self._aws)

    def _create(self, aws: Aws, resource: Resource) -> dict[str, Any]:
        try:
            return CREATORS[resource.type](aws, resource)
        except (ClientError, BotoCoreError, ValueError, KeyError) as error:
            missing = "a required input is missing: " if isinstance(error, KeyError) else ""
            self._fail(f"{resource.type} ({resource.name!r}) was not created: {missing}{error}")

    def _fail(self, message: str) -> NoReturn:
        with self._lock:
            self.failure = self.failure or BoxError(message)
        raise BoxError(message)


class Monitor(mocks.MockMonitor):
    """The SDK's monitor, which would take a type that nobody can create for a component."""

    def __init__(self, provisioner: Provisioner) -> None:
        super().__init__(provisioner)
        self._provisioner = provisioner

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 (gRPC's name)
        """Create a resource, or take note of a component."""
        if (request.custom or request.remote) and not request.type.startswith(_PROVIDER):
            self._provisioner.refuse_unknown(request.type, request.name)
        self._provisioner.note_parent(request.type, request.name, request.parent)
        return super().RegisterResource(request)

    def ReadResource(self, request: Any) -> Any:  # noqa: N802
        """Refuse: what exists elsewhere is not in the box."""
        self._provisioner.refuse_reading(request.type, request.name)
