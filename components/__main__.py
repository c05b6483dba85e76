"""The provider host: the components for programs in every Pulumi language."""

from pulumi.provider.experimental import component_provider_host

from worker_service.plugin import COMPONENTS, PACKAGE_NAME, VERSION

component_provider_host(COMPONENTS, PACKAGE_NAME, version=VERSION)
