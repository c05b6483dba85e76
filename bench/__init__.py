"""Benchmarks of the worker beside other SQS consumers, run by hand: never a timed test."""
