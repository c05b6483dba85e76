"""The workers as ECS would run them: what a task is, and the processes that are one."""
