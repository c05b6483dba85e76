"""Scaling in the box: the stack's alarms and policies act on its queues, at a clock that can be sped up."""
