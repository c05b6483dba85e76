"""Keeps orders."""
