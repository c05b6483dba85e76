"""Mails receipts."""
