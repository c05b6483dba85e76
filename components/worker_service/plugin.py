"""What the provider host offers to programs in other Pulumi languages."""

from importlib.metadata import version

import pulumi
from pulumi.provider import ConstructResult
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.server import ComponentInitError

from worker_service.environment.environment import Environment
from worker_service.inputs.checking import InvalidArgumentsError
from worker_service.pipeline.choices import PipelineSource
from worker_service.pipeline.deploy_role.deploy_role import DeployRole
from worker_service.pipeline.pipeline_component import PipelineComponent
from worker_service.service.worker_service import WorkerService

#: What type tokens begin with, such as workers:index:WorkerService. State holds it.
PACKAGE_NAME = "workers"
VERSION = version("pulumi-worker-service")
COMPONENTS: list[type[pulumi.ComponentResource]] = [DeployRole, Environment, PipelineComponent, WorkerService]

#: The build is a dynamic resource, whose provider Pulumi runs with the program's own Python: other languages have none.
_NO_BUILD_HERE = "source: 'directory' is not connection or s3; only a program that imports worker_service builds images"


class WorkersProvider(ComponentProvider):
    """Builds the components, and says what is wrong with their inputs without a traceback."""

    def __init__(self) -> None:
        super().__init__(COMPONENTS, PACKAGE_NAME, version=VERSION)

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: pulumi.Inputs,
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        """Build a component.

        Raises pulumi.InputPropertiesError with the sentences of the component that refuses its arguments.
        """
        if inputs.get("source") == PipelineSource.DIRECTORY.value:
            raise _refusal(InvalidArgumentsError("PipelineComponent", name, [_NO_BUILD_HERE]))
        try:
            return super().construct(name, resource_type, inputs, options)
        except ComponentInitError as failed:
            if isinstance(failed.inner, InvalidArgumentsError):
                raise _refusal(failed.inner) from failed
            raise


def _refusal(refused: InvalidArgumentsError) -> pulumi.InputPropertiesError:
    # The SDK answers with a message only where there is a list of properties too, if an empty one.
    return pulumi.InputPropertiesError(str(refused), [])
