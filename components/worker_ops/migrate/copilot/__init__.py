"""What AWS Copilot was told: a workspace of manifests, and what becomes of each of their fields."""
