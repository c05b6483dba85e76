"""One worker process from its start to its end, and several under a supervisor."""
