"""Messages that people send: where they come from, and how they go out."""
