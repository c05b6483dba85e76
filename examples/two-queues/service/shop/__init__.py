"""Handles orders and mailings."""
