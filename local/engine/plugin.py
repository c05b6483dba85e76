"""What every provider plugin answers to the engine, over gRPC on loopback."""

# ruff: noqa: N802, ARG002 (gRPC names the methods and passes a request and a context to each)

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator, Mapping
from concurrent import futures
from contextlib import contextmanager
from typing import Any

import grpc
from google.protobuf import empty_pb2, struct_pb2
from google.protobuf.json_format import MessageToDict
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from local.provisioner.resource import plain

#: The engine asks for as many resources at once as it has tasks, `--parallel` of them.
_CALLS_AT_ONCE = 16


class Plugin(provider_pb2_grpc.ResourceProviderServicer):
    """The handshake, and a configuration that every value is right for."""

    package: str
    """The Python package whose version the plugin says it has."""
    accept_secrets: bool
    """False: the engine sends plain values, and keeps track of what is secret itself."""

    def Handshake(self, request: Any, context: Any) -> Any:
        """Agree on how to talk."""
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=self.accept_secrets)

    def Attach(self, request: Any, context: Any) -> Any:
        """Take note of the engine's address, which nobody here needs."""
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:
        """Leave what is under way to end by itself: nothing takes long here."""
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        """Say which version this stands for."""
        return plugin_pb2.PluginInfo(version=importlib.metadata.version(self.package))

    def GetSchema(self, request: Any, context: Any) -> Any:
        """Have none: programs in Python come with theirs."""
        return provider_pb2.GetSchemaResponse(schema="{}")

    def CheckConfig(self, request: Any, context: Any) -> Any:
        """Take any configuration."""
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        """Replace no provider, and with it all that it made."""
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request: Any, context: Any) -> Any:
        """Be ready."""
        return provider_pb2.ConfigureResponse(acceptSecrets=self.accept_secrets, supportsPreview=True)


@contextmanager
def serving(plugin: Plugin) -> Iterator[int]:
    """Serve the plugin on a free loopback port, which is given."""
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=_CALLS_AT_ONCE))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(plugin, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield port
    finally:
        server.stop(grace=None).wait()


def to_dict(struct: struct_pb2.Struct) -> dict[str, Any]:
    """Properties as their author wrote them: whole numbers int, secrets unwrapped."""
    return plain(MessageToDict(struct))


def to_struct(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """Properties as the engine takes them."""
    struct = struct_pb2.Struct()
    struct.update(properties)
    return struct
