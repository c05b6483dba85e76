"""The emulator: moto over HTTP, corrected where it is slower, kinder or harsher than AWS."""

from local.emulator.account import ADMIN_CREDENTIALS
from local.emulator.emulator import Emulator
from local.emulator.http.loopback_server import PortBusy

__all__ = ["ADMIN_CREDENTIALS", "Emulator", "PortBusy"]
