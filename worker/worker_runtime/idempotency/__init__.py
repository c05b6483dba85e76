"""Effects that happen once, although SQS delivers at least once."""
