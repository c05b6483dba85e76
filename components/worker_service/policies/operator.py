"""What an operator may do: exactly what the commands `workers` call, on this service alone."""

from collections.abc import Sequence

from worker_ops.rights import On, all_rights
from worker_service.inputs.arns import last_segment, place_of
from worker_service.policies.statements import Document, allow, policy_document


def operator_policy(
    *,
    name: str,
    queue_arns: Sequence[str],
    dead_letter_queue_arns: Sequence[str],
    topic_arns: Sequence[str],
    key_arns: Sequence[str],
    session_key_arns: Sequence[str],
    cluster_arn: str,
    service_arn: str,
    log_group_arn: str,
) -> Document:
    """`name` is the service's, with which its alarms' names begin."""
    place = place_of(cluster_arn)
    here = f"{place.region}:{place.account_id}"
    resources: dict[On, Sequence[str] | str] = {
        On.QUEUES: queue_arns,
        On.DEAD_LETTER_QUEUES: dead_letter_queue_arns,
        On.TOPICS: topic_arns,
        # Queues may share a key.
        On.KEYS: sorted(set(key_arns)),
        On.SERVICE: service_arn,
        On.TASKS: f"arn:{place.partition}:ecs:{here}:task/{last_segment(cluster_arn)}/*",
        On.CLUSTER: cluster_arn,
        # It knows the cluster as a condition alone.
        On.TASKS_OF_CLUSTER: "*",
        On.LOG_GROUP: [log_group_arn, f"{log_group_arn}:*"],
        On.ALARMS: f"arn:{place.partition}:cloudwatch:{here}:alarm:{name}-*",
        # A scalable target is named by an id that nobody chooses.
        On.SCALABLE_TARGET: f"arn:{place.partition}:application-autoscaling:{here}:scalable-target/*",
        On.SESSION_KEY: session_key_arns,
        On.EVERYTHING: "*",
    }
    conditions = {On.TASKS_OF_CLUSTER: {"ArnEquals": {"ecs:cluster": cluster_arn}}}
    return policy_document(
        *(
            allow(_sid(on), actions, resources[on], **conditions.get(on, {}))
            for on, actions in all_rights().items()
            if resources[on]
        )
    )


def _sid(on: On) -> str:
    return "".join(word.capitalize() for word in on.name.split("_"))
