"""The alarms of a service and who is told."""
