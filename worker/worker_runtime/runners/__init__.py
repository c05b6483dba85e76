"""What calls the handler: threads, or an event loop."""
