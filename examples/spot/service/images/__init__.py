"""Works on pictures."""
