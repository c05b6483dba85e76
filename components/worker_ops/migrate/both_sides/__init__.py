"""What is left of a move: the old side and the new one, as the account has them now."""
