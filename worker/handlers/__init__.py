"""Sample handlers."""
