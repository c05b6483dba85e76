"""The log of a task's container, read from CloudWatch Logs. Clients are boto3's."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from worker_service.inputs.names import CONTAINER_NAME


@dataclass
class TaskLog:
    """The worker's log in one task: where it is, and how far it was read."""

    logs: Any
    group: str
    stream: str
    _token: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, logs: Any, definition: Mapping[str, Any], task_arn: str) -> "TaskLog":
        """By the worker's log configuration in the task definition."""
        [worker] = [one for one in definition["containerDefinitions"] if one["name"] == CONTAINER_NAME]
        options = worker["logConfiguration"]["options"]
        task_id = task_arn.rpartition("/")[2]
        if "awslogs-group" in options:
            prefix = options["awslogs-stream-prefix"]
            return cls(logs, options["awslogs-group"], f"{prefix}/{CONTAINER_NAME}/{task_id}")
        # FireLens tags a container's lines so: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/firelens-taskdef.html
        stream = f"{options['log_stream_prefix']}{CONTAINER_NAME}-firelens-{task_id}"
        return cls(logs, options["log_group_name"], stream)

    def new_lines(self) -> Iterator[str]:
        """What was written since the last look; nothing before the first line, which makes the stream."""
        while True:
            try:
                page = self.logs.get_log_events(
                    logGroupName=self.group, logStreamName=self.stream, startFromHead=True, **self._token
                )
            except self.logs.exceptions.ResourceNotFoundException:
                return
            yield from (event["message"].rstrip("\n") for event in page["events"])
            token = {"nextToken": page["nextForwardToken"]}
            # The same token again says that there is no more yet.
            if token == self._token or not page["events"]:
                return
            self._token = token
