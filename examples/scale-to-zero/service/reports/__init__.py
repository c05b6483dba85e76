"""Writes reports."""
