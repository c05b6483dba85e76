"""The emulator: moto over HTTP, corrected where it is kinder than AWS."""
