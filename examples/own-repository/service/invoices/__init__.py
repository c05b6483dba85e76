"""Handlers of the invoices service."""
