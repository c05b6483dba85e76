"""`python -m simulate` in a checkout: `workers simulate`, which the components' distribution brings."""
