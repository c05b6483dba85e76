"""A model of CloudWatch and Application Auto Scaling, from AWS's documents: docs/simulate.md has the rules."""
