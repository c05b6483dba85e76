"""The provider host: the components for programs in every Pulumi language."""

import sys

from pulumi.provider import main

from worker_service.plugin import WorkersProvider

main(WorkersProvider(), sys.argv[1:])
