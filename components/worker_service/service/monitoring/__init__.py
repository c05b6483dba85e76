"""What people look at: the dashboard and the tasks that fail."""
