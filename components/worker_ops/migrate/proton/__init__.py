"""What AWS Proton was told: the specs of a worker service and its environments, and what becomes of their fields."""
