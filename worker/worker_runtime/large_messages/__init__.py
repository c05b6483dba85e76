"""Bodies that lie in S3, with a pointer to them in the message, as Amazon's extended clients have it."""
