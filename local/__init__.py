"""The cloud in a box: the same program, policies and worker on one machine, without an AWS account."""
