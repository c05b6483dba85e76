"""The provisioner: runs the Pulumi program, and creates with boto3 what it registers."""

from local.provisioner.monitor import Created
from local.provisioner.provision import provision

__all__ = ["Created", "provision"]
