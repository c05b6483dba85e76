"""What the scaling presets stand for."""

from dataclasses import dataclass

from worker_service.service.choices import ScalingPreset


@dataclass(frozen=True)
class Preset:
    """What a preset stands for."""

    scale_in_after_seconds: int
    """Window in which the highest backlog counts; capacity goes when it has passed."""
    busy_share: float
    """Part of a fleet's slots that should be busy, so that there is room for the next message."""


#: AWS Proton's and Copilot's scaling are no presets of this one: see proton_policies.py and target_tracking.py.
PRESETS = {
    ScalingPreset.STEADY: Preset(600, 0.8),
    ScalingPreset.BURSTY: Preset(300, 0.8),
    ScalingPreset.BATCH: Preset(900, 0.9),
}
