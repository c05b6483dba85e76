"""How long calls to SQS take, as far as the network and SQS have a part in it."""

from __future__ import annotations

#: A receiver that waits for longer than this for its deletes would better receive meanwhile.
LONG_SECONDS = 0.003
#: Weight of the newest call in the running mean.
_NEWEST_WEIGHT = 0.1


class CallTime:
    """A running mean that one quick call brings down: it says that the others waited for the interpreter."""

    def __init__(self) -> None:
        self.seconds = 0.0

    @property
    def is_long(self) -> bool:
        """Calls take long, all of them."""
        return self.seconds > LONG_SECONDS

    def note(self, seconds: float) -> None:
        """A call took so long."""
        self.seconds = min(seconds, self.seconds + _NEWEST_WEIGHT * (seconds - self.seconds))
