"""Books what happens to accounts."""
