"""The workers' log lines, in CloudWatch or in the box's files."""
