"""What is sent, second by second."""
