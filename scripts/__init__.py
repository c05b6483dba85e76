"""Small commands that keep the documentation true."""
