"""SNS's publishing calls, with its rules for message, subject and attributes, which moto lacks.

https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from moto.core.responses import ActionResult
from moto.sns.exceptions import SNSException, SNSInvalidParameter
from moto.sns.responses import SNSResponse

from local.emulator.sqs.message_rules import has_refused_characters, name_problem, value_problem

_ODD_CHARACTERS = "holds characters other than #x9, #xA, #xD, #x20-#xD7FF, #xE000-#xFFFD and #x10000-#x10FFFF"
#: ASCII that begins with a letter, a number or a punctuation mark, and has no control characters.
_SUBJECT = re.compile(r"[!-~][ -~]*")


class BoxSnsResponse(SNSResponse):
    """moto's SNS, as strict as SNS."""

    def publish(self) -> ActionResult:
        """Publish what SNS takes."""
        _check(
            {name: self._get_param(name) for name in ("Message", "Subject")}
            | {"MessageAttributes": self._get_param("MessageAttributes", {})}
        )
        return super().publish()

    def publish_batch(self) -> ActionResult:
        """Publish up to ten messages, each with its own result."""
        entries = self._get_param("PublishBatchRequestEntries", [])
        refused = {entry["Id"]: error for entry in entries if (error := _refusal(entry))}
        entries[:] = [entry for entry in entries if entry["Id"] not in refused]
        failed = [
            {"Id": name, "Code": error.code, "Message": error.message, "SenderFault": True}
            for name, error in refused.items()
        ]
        if refused and not entries:
            return ActionResult({"Successful": [], "Failed": failed})
        answer = super().publish_batch()
        answer.result["Failed"] += failed  # type: ignore[attr-defined]
        return answer


def _refusal(entry: Mapping[str, Any]) -> SNSException | None:
    try:
        _check(entry)
    except SNSException as error:
        return error
    return None


def _check(message: Mapping[str, Any]) -> None:
    """Raise what SNS answers to a message that it does not take."""
    if not message.get("Message"):
        raise SNSInvalidParameter("Invalid parameter: Empty message")
    # The queues behind the topic would refuse it, where SNS delivers it as it is: a publisher has to know.
    if has_refused_characters(message["Message"]):
        raise SNSInvalidParameter(f"Invalid parameter: Message {_ODD_CHARACTERS}")
    subject = message.get("Subject")
    if subject is not None and not _SUBJECT.fullmatch(subject):
        raise SNSInvalidParameter("Invalid parameter: Subject")
    for name, attribute in (message.get("MessageAttributes") or {}).items():
        problem = name_problem(name) or value_problem(attribute)
        if not problem and any(has_refused_characters(attribute.get(key) or "") for key in ("DataType", "StringValue")):
            problem = _ODD_CHARACTERS
        if problem:
            raise SNSInvalidParameter(f"Invalid parameter: The message attribute '{name}' {problem}.")
