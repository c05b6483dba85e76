"""Who calls, what for, and whether the policies let it."""
