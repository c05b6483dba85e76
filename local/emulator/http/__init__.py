"""The emulator's HTTP: it reads a request's signature, has it judged, and hands it to moto."""
