"""The ECS service of a worker service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from worker_ops.account import Account
from worker_ops.errors import OpsError
from worker_ops.places.place import Place, Service

#: What Application Auto Scaling answers to bounds that it does not take.
_REFUSED = frozenset({"ValidationException", "ObjectNotFoundException"})


@dataclass(frozen=True)
class EcsService:
    """Where the service runs, and the calls on it."""

    account: Account
    cluster_arn: str
    name: str

    def describe(self) -> dict[str, Any]:
        """What ECS says of it. Raises OpsError where it does not exist."""
        answer = self.account.call("ecs", "describe_services", cluster=self.cluster_arn, services=[self.name])
        found = [service for service in answer["services"] if service.get("status") != "INACTIVE"]
        if not found:
            raise OpsError(f"ECS has no service {self.name} in {self.cluster_arn.rpartition('/')[2]}")
        return found[0]

    def update(self, **changes: Any) -> None:
        """Change it."""
        self.account.call("ecs", "update_service", cluster=self.cluster_arn, service=self.name, **changes)

    @property
    def scaling_id(self) -> dict[str, str]:
        """How Application Auto Scaling calls it."""
        cluster = self.cluster_arn.rpartition("/")[2]
        return {
            "ServiceNamespace": "ecs",
            "ResourceId": f"service/{cluster}/{self.name}",
            "ScalableDimension": "ecs:service:DesiredCount",
        }

    def scalable_target(self) -> dict[str, Any] | None:
        """Its bounds, and what of its scaling is suspended; None where it does not scale."""
        wanted = self.scaling_id
        answer = self.account.call(
            "application-autoscaling",
            "describe_scalable_targets",
            ServiceNamespace="ecs",
            ResourceIds=[wanted["ResourceId"]],
            ScalableDimension=wanted["ScalableDimension"],
        )
        return answer["ScalableTargets"][0] if answer["ScalableTargets"] else None

    def register_target(self, **changes: Any) -> None:
        """Change its bounds, or suspend its scaling."""
        try:
            self.account.call("application-autoscaling", "register_scalable_target", **self.scaling_id, **changes)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _REFUSED:
                raise
            raise OpsError(f"the bounds were refused: {error.response['Error'].get('Message')}") from None


def ecs_service(place: Place, service: Service) -> EcsService:
    """The service's ECS service. Raises OpsError where the place does not know it."""
    if not service.cluster_arn or not service.ecs_service_name:
        raise OpsError(
            f"{place.title} does not say which ECS service works: a stack exports cluster_arn and service_name, "
            "and with --queue nobody knows"
        )
    return EcsService(place.account, service.cluster_arn, service.ecs_service_name)
