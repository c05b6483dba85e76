"""What becomes of a message whose handler is done: deleted, returned, or put into the dead-letter queue."""
