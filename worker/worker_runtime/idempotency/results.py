"""What a handler returned, as the text that stores remember."""

from __future__ import annotations

import json
import logging
from typing import Any

from worker_runtime.errors import text_of as text_of_error

_log = logging.getLogger(__name__)
#: DynamoDB's items have 400 KB at most, and each KB written costs a unit:
#: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
RESULT_MOST_BYTES = 65_536


def text_of(result: Any) -> str | None:
    """The result as JSON. None, and a warning, where it cannot be remembered: the handler has done its work, and is not
    to do it again for that."""
    if result is None:
        return None
    try:
        text = json.dumps(result, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        size = len(text.encode())
    except Exception as error:  # whatever an object of the handler's raises
        _log.warning("what the handler returned is not remembered: JSON cannot say it (%s)", text_of_error(error))
        return None
    if size > RESULT_MOST_BYTES:
        _log.warning("what the handler returned is not remembered: %d bytes, %d at most", size, RESULT_MOST_BYTES)
        return None
    return text


def result_of(text: str | None) -> Any:
    """The result again."""
    return None if text is None else json.loads(text)
