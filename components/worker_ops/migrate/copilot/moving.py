"""What the guide says of a service that leaves Copilot, beside its fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from worker_ops.migrate.conversion import Conversion

_DIFFERENT = """\
## Different in any case

- The task's root file system is read-only but for /tmp, the container runs as user 10001 and without capabilities:
  set `user`, and let the image declare VOLUME for what it writes to.
- A dead-letter queue is always there. Where the manifest had none, messages go there after `max_receive_count` (3)
  tries in place of being tried until they expire.
- A service that is subscribed to nothing gets a topic of its own, `main`: Copilot's got none.
- The task role may what the queues and topics need, and no more. Copilot's `DenyIAM` statement is gone with what it
  denied; what addons gave comes by `task_policies` and `managed_policy_arns`. Secrets are read by their ARNs, not by
  tags.
- The security group lets TCP 443 out. The environment's own group, which the tasks are in too, lets out the rest, as
  it did.
- `EnvController`, `DynamicDesiredCount` and the function that counted the backlog have no successor: scaling owns the
  count, and metric math counts.
- `scaling: copilot` starts and stops tasks as before. `steady` counts what is in flight too and stops no task that
  works: the figures are above."""

_MOVING = """\
## Moving, beside what runs

New queues are subscribed to the same topics; the old worker goes on until its queues are empty. Nothing is lost. A
message that is published between steps 3 and 4 is handled twice, once by each; all others once. docs/migrate.md has
the way back at each step.

For each environment, here `{environment}`:

1. Tick off what is left for you above. Write down the image that runs now:

   ```sh
   aws ecs describe-task-definition --task-definition {application}-{environment}-{service} \\
     --query 'taskDefinition.containerDefinitions[0].image' --output text
   ```

2. Make the stack and look at what it would do:

   ```sh
   pulumi install
   pulumi stack init {environment}
   pulumi config set aws:region REGION
   pulumi config set image IMAGE
   pulumi preview
   ```

3. `pulumi up`. From now on messages reach both services.
4. At once, end the old subscriptions, so that new messages go to the new queues alone:

   ```sh
   aws cloudformation describe-stack-resources --stack-name {application}-{environment}-{service} \\
     --query "StackResources[?ResourceType=='AWS::SNS::Subscription'].PhysicalResourceId" --output text \\
     | xargs -n 1 aws sns unsubscribe --subscription-arn
   ```

5. Wait until the old queues hold nothing, neither visible nor in flight nor delayed, and look into the old
   dead-letter queues:

   ```sh
   workers migrate verify --stack {environment} --old OLD_QUEUE_URL
   workers dead-letters list --queue OLD_DEAD_LETTER_QUEUE_URL
   ```

6. Before the old stack goes: what is needed after it gets `DeletionPolicy: Retain` (topics that it publishes, with
   their `AWS::SNS::TopicPolicy`, a key that messages elsewhere are encrypted with, exports that other stacks import,
   the log group `/copilot/{application}-{environment}-{service}` with its log). Nobody owns these then: docs/migrate.md
   says how a stack of yours does. Then delete the stack of this environment alone:
   without `--env` Copilot deletes the service of all environments, with what waits in their queues, and empties the
   repository that the new tasks take their image from.

   ```sh
   copilot svc delete --name {service} --env {environment}
   ```

7. Before the application goes: have the image in a repository of your own, for `{application}/{service}` goes with it.
   Before the environment's stack goes: network and cluster go with it, and the tasks run there. Move the service into
   others first, or have that stack retain them. Then write what `${{aws:export ...}}` looks up into the stack file;
   `pulumi up` changes nothing."""


_ADOPTING = """\
## Or take over the live queues, with what is in them

In place of steps 3 to 6, per environment. No message moves, and none is handled twice: the old worker and the new one
consume the same queues until the old one is gone. docs/adopt.md says what an import is.

1. Let the old stack let go: `copilot svc override`, `DeletionPolicy: Retain` on each resource of these types, then
   `copilot svc deploy`. See that the template has it before you go on.

   - `AWS::SQS::Queue`: queues and dead-letter queues; `AWS::SNS::Subscription`
   - `AWS::SQS::QueuePolicy`: deleting one empties the policy of the queue that stays, which the new stack has written
     by then, and from that moment SNS delivers nothing
   - `AWS::KMS::Key`: `EventsKMSKey`; without it no message can be read
   - `AWS::SNS::Topic` and `AWS::SNS::TopicPolicy`, where it publishes; `AWS::Logs::LogGroup`
2. Look up the ids, and write them into `Pulumi.{environment}.yaml`, with `kms_key_arn` for the key; leave out lines of
   what there is not:

   ```sh
   aws cloudformation describe-stack-resources --stack-name {application}-{environment}-{service} \\
     --query 'StackResources[].[ResourceType, LogicalResourceId, PhysicalResourceId]' --output table
   ```

   ```yaml
   config:
     {service}:adopt:
{names}
   ```

3. `pulumi preview --diff`: `import` for each, no `replace`. An `update` tells what differs: change inputs until only
   policies, tags, `receiveWaitTimeSeconds` (20), `kmsMasterKeyId` (from the key's id to its ARN) and the subscriptions'
   redrive policies are left (`maxMessageSize` is `max_message_size_bytes` of `queues.main`).
4. `pulumi up`, then `pulumi config rm adopt`. Way back until here: `pulumi state unprotect --all`, and
   `pulumi destroy` leaves the queues as they are.
5. Stop the old worker (`count: 0`, `copilot svc deploy`); delete its stack as in step 6 above, with `--env`: it keeps
   what it retains. Then `pulumi refresh --preview-only --expect-no-changes`: whatever it took with it shows, and
   `pulumi up --refresh` puts it back.
6. The new stack owns queues and subscriptions. Key, topics and log group are nobody's, and stay until you delete them:
   docs/migrate.md says how a stack of yours owns them."""


def moving_sections(application: str, service: str, stacks: Mapping[str, Conversion]) -> list[str]:
    """What holds for every service, and the steps with its names."""
    environment, conversion = next(iter(stacks.items()))
    names = {"application": application, "service": service, "environment": environment}
    lines = "\n".join(f"       {name}: {what}" for name, what in live_names(service, conversion.args).items())
    return [_DIFFERENT, _MOVING.format(**names), _ADOPTING.format(names=lines, **names)]


def live_names(service: str, args: Mapping[str, Any]) -> dict[str, str]:
    """Resources of the component that Copilot's stack has too, and what their ids are."""
    queues = [service, *(f"{service}-{key}" for key in args.get("queues", {}) if key != "main")]
    return {
        **{f"{queue}-queue": "QUEUE_URL" for queue in queues},
        **{f"{queue}-dead-letter-queue": "QUEUE_URL" for queue in queues},
        **{f"{service}-{topic}-subscription": "SUBSCRIPTION_ARN" for topic in args.get("topics", {})},
    }
