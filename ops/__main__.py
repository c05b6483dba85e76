"""`python -m ops`: the program `workers`."""

from worker_ops.cli import main

main()
