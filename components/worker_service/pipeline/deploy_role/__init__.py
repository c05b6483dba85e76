"""The role in a target's account."""
