"""A listing is read to its end, however its service says that there is more."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.told_account import ToldAccount


@pytest.mark.parametrize("token", ["NextToken", "nextToken", "Marker"])
def test_a_listing_is_read_to_its_end(token: str) -> None:
    def answer(arguments: dict[str, Any]) -> dict[str, Any]:
        number = int(arguments.get(token, 1))
        return {"names": [number], **({token: str(number + 1)} if number < 3 else {token: ""})}

    account = ToldAccount(list_names=answer)

    assert [page["names"] for page in account.pages("any", "list_names", of="all")] == [[1], [2], [3]]
    assert [arguments for _, arguments in account.asked] == [
        {"of": "all"},
        {"of": "all", token: "2"},
        {"of": "all", token: "3"},
    ]
