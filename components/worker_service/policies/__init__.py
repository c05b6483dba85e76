"""Every IAM, key, queue, topic, bucket and repository document, as pure functions."""
