"""PolledScaling: what KEDA and Kubernetes' HPA make of what waits and is handled.

https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/
"""

from __future__ import annotations

import math
from collections import deque

from worker_simulate.definition.service_definition import PolledPolicy


class PolledScaling:
    """Messages are divided; the highest of a while counts for scale-in."""

    def __init__(self, policy: PolledPolicy) -> None:
        self._policy = policy
        self._wanted: deque[int] = deque(maxlen=max(1, policy.scale_in_after_seconds // policy.poll_seconds))

    def count(self, messages: int, desired: int) -> int:
        """The count that a poll asks for."""
        self._wanted.append(math.ceil(messages / self._policy.messages_per_task))
        return self._wanted[-1] if self._wanted[-1] > desired else min(desired, max(self._wanted))
