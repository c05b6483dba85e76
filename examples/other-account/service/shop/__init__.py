"""Handles orders."""
