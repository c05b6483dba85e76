"""Reminders of overdue invoices."""

from invoices.reminders import handle

from worker_runtime.testing import run_handler


def test_only_what_is_not_overdue_is_rejected():
    overdue, paid = run_handler(
        handle, '{"number": "2026-7", "days_overdue": 14}', '{"number": "2026-8", "days_overdue": 0}'
    )

    assert overdue.action == "acknowledged"
    assert (paid.action, paid.reason) == ("rejected", "days_overdue: 0 is not a whole number from 1")
