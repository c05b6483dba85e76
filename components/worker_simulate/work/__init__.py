"""Messages, and the tasks that handle them."""
