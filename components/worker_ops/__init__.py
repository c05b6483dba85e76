"""Operate a worker service, in the box or deployed: the program `workers`."""
