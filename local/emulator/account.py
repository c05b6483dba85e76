"""The account of the box, the keys of its root, and those of other accounts'."""

from __future__ import annotations

import contextlib
import contextvars
import re
from collections.abc import Iterator

ACCOUNT_ID = "123456789012"
ADMIN_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "AKIABOXADMIN00000000",
    "AWS_SECRET_ACCESS_KEY": "the-box-has-no-secrets",
}
_OTHER_ROOT = re.compile(r"AKIABOX0([0-9]{12})")
_caller_account = contextvars.ContextVar("caller_account", default=ACCOUNT_ID)


def root_credentials(account_id: str) -> dict[str, str]:
    """The keys of an account's root; an account is there as soon as somebody has something in it."""
    if account_id == ACCOUNT_ID:
        return ADMIN_CREDENTIALS
    return {**ADMIN_CREDENTIALS, "AWS_ACCESS_KEY_ID": f"AKIABOX0{account_id}"}


def account_of_root(access_key_id: str) -> str | None:
    """The account whose root has the key, or None."""
    if access_key_id == ADMIN_CREDENTIALS["AWS_ACCESS_KEY_ID"]:
        return ACCOUNT_ID
    other = _OTHER_ROOT.fullmatch(access_key_id)
    return other[1] if other else None


def caller_account() -> str:
    """The account whose resources a call means by a name without an account."""
    return _caller_account.get()


@contextlib.contextmanager
def calls_of(account_id: str) -> Iterator[None]:
    """Serve calls of this account."""
    token = _caller_account.set(account_id)
    try:
        yield
    finally:
        _caller_account.reset(token)
