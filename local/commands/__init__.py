"""What `python -m local` does, a file for each command."""
