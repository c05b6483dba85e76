"""The provisioner: runs the Pulumi program, and creates with boto3 what it registers."""

from local.provisioner.monitor import Created
from local.provisioner.provision import Provisioned, Registered, provision

__all__ = ["Created", "Provisioned", "Registered", "provision"]
