"""Orders in many currencies."""
