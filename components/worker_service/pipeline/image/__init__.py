"""The image: its repository, and its build during `pulumi up`."""
