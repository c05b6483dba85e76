"""What handlers send on: to topics and queues, in batches, in the trace of the message that they handle."""
