"""The page: a place's service as a picture that lives, and the commands' work on it in a browser."""
