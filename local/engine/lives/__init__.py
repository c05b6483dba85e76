"""How each kind of resource is read, changed and deleted in the emulator, by service."""
