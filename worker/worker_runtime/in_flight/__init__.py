"""The messages that this process holds: received, leased, waiting for a handler."""
