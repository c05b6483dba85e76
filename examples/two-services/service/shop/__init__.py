"""Packs and ships orders."""
