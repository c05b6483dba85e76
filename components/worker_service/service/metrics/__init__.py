"""CloudWatch metrics and alarms, as values and as resources."""
