"""What the second terminal's commands refuse before they look for a box."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from local.aws import Aws
from local.commands.publish import run_publish
from local.errors import BoxError
from local.publish import publish
from local.screen import Screen


@pytest.mark.parametrize("both", [False, True])
def test_publish_wants_a_text_or_a_file(tmp_path: Path, both: bool) -> None:
    file = tmp_path / "orders.jsonl"
    file.write_text("{}\n")

    with pytest.raises(BoxError, match="give either a message"):
        run_publish(tmp_path, None, "text" if both else None, file if both else None, Screen())


def test_a_bad_file_is_refused_whether_a_box_runs_or_not(tmp_path: Path) -> None:
    file = tmp_path / "orders.jsonl"
    file.write_text("{}\n{\n")

    with pytest.raises(BoxError, match="1 bad line, and nothing was published"):
        run_publish(tmp_path, None, None, file, Screen())


def test_a_good_file_needs_a_box(tmp_path: Path) -> None:
    file = tmp_path / "orders.jsonl"
    file.write_text("{}\n")

    with pytest.raises(BoxError, match="no box runs here"):
        run_publish(tmp_path, None, None, file, Screen())


def test_a_message_that_sns_refuses_is_named_by_its_place() -> None:
    published: list[int] = []

    class Sns:
        def client(self, _service: str) -> Sns:
            return self

        def publish_batch(self, **arguments: Any) -> dict[str, Any]:
            entries = arguments["PublishBatchRequestEntries"]
            failed = [{"Id": entry["Id"], "Code": "InternalError"} for entry in entries if entry["Message"] == "bad"]
            return {"Failed": failed}

    messages = ["good"] * 13 + ["bad"] + ["good"] * 10

    with pytest.raises(BoxError) as error:
        publish(cast("Aws", Sns()), "topic", messages, published.append)

    assert str(error.value) == (
        "SNS refused 1 of the messages 11 to 20; message 14: InternalError. The 10 before them were published"
    )
    assert published == [10]
