"""The worker runtime: an SQS consumer that asks its user for one function."""
