"""The ledger's balance: what proves that a run handled every message once."""

import pytest

from bench.ledger import Balance, balance


def test_every_message_once():
    result = balance(["0000000", "0000002", "0000001"], sent=3)

    assert result == Balance(handled=3, lost=0, again=0, strange=0)
    assert result.once_each


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(["0000000"], Balance(handled=1, lost=1, again=0, strange=0), id="lost"),
        pytest.param(
            ["0000000", "0000001", "0000001", "0000001"], Balance(handled=2, lost=0, again=2, strange=0), id="again"
        ),
        pytest.param(
            ["0000000", "0000001", "0000002", "xx"], Balance(handled=2, lost=0, again=0, strange=2), id="strange"
        ),
    ],
)
def test_what_is_not_once_each(lines: list[str], expected: Balance):
    result = balance(lines, sent=2)

    assert result == expected
    assert not result.once_each
