"""What is simulated, read from what a program registers."""
