"""SQS's quotas."""

#: Most entries of a batch, and most messages of a receive:
#: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
BATCH_MOST = 10
#: The longest long poll.
LONG_POLL_SECONDS = 20
#: SQS lets a message stay in flight for 12 hours from its receive, whatever its visibility timeout.
IN_FLIGHT_MOST_SECONDS = 43_200
