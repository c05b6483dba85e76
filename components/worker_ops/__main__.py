"""`python -m worker_ops`: the program `workers`."""

from worker_ops.cli import main

main()
