"""What the program does, a file for each group of commands."""
