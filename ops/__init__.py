"""`python -m ops` in a checkout: the program `workers`, which the components' distribution brings."""
