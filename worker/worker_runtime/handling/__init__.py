"""What stands around a handler: the arguments that its types ask for, and what its decorators declare."""
