"""Invoices as they come in."""

import json

from invoices.received import handle

from worker_runtime.testing import run_handler


def test_an_invoice_with_an_account_is_noted():
    (outcome,) = run_handler(handle, json.dumps({"number": "2026-7", "iban": "GB82 WEST 1234 5698 7654 32"}))

    assert outcome.action == "acknowledged"


def test_a_mistyped_account_is_rejected():
    (outcome,) = run_handler(handle, json.dumps({"number": "2026-7", "iban": "GB83 WEST 1234 5698 7654 32"}))

    assert (outcome.action, outcome.reason) == ("rejected", "iban: 'GB83 WEST 1234 5698 7654 32' is not an IBAN")
