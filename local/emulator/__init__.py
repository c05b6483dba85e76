"""The emulator: moto over HTTP, corrected where it is slower, kinder or harsher than AWS."""

from local.emulator.credentials import ADMIN_CREDENTIALS
from local.emulator.http_server import PortBusy
from local.emulator.server import Emulator

__all__ = ["ADMIN_CREDENTIALS", "Emulator", "PortBusy"]
