"""Where this project's own program and sample service are."""

from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
#: The sample service, and the runtime that the box's own environment has.
WORKER_FOLDER = CHECKOUT / "worker"
