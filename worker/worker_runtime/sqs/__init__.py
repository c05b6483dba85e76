"""SQS's API, and the two ways to reach it."""
