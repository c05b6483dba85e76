"""What the guide says of a service that leaves Proton, beside its fields."""

from __future__ import annotations

_DIFFERENT = """\
## Different in any case

- The task's root file system is read-only but for /tmp, the container runs as user 10001 and without capabilities:
  set `user`, and let the image declare VOLUME for what it writes to.
- Code that reads QUEUE_NAME, QUEUE_URI and QUEUE_REGION goes on doing so: the container has them.
- The template let everything out; the security group lets TCP 443 out: give `egress_ports` what a database needs.
- Queues, their key and the log are protected and kept; Proton's template deleted its queues with the stack. Messages
  are encrypted with a key of your own (`encryption`), the log is kept for a year (`log_retention_days`).
- `scaling: proton` is the template's own, faults included: it starts nothing before 100 messages wait, and stops tasks
  while they work. The figures are above.
- Template versions, template sync, components and Proton's own history have no successor: Git and Pulumi's state do."""

_MOVING = """\
## Moving, beside what runs

A new queue is subscribed to the environment's topic; the old worker goes on until its queue is empty. Nothing is lost.
A message that is published between steps 3 and 4 is handled twice, once by each; all others once. docs/migrate.md has
the way back at each step. For each instance, here the stack `{stack}`:

1. Tick off what is left for you above. Write down the image that runs now:

   ```sh
   aws ecs describe-task-definition --task-definition {service}_{instance} \\
     --query 'taskDefinition.containerDefinitions[0].image' --output text
   ```

2. Make the stack and look at what it would do:

   ```sh
   pulumi install
   pulumi stack init {stack}
   pulumi config set aws:region REGION
   pulumi config set image IMAGE
   pulumi preview
   ```

3. `pulumi up`. From now on messages reach both services.
4. At once, end the old subscription, so that new messages go to the new queue alone:

   ```sh
   aws sns list-subscriptions-by-topic --topic-arn TOPIC_ARN
   aws sns unsubscribe --subscription-arn OLD_SUBSCRIPTION_ARN
   ```

5. Wait until the old queue holds nothing, neither visible nor in flight nor delayed, and look into its dead-letter
   queue:

   ```sh
   workers migrate verify --stack {stack} --old OLD_QUEUE_URL
   workers dead-letters list --queue OLD_DEAD_LETTER_QUEUE_URL
   ```

6. Delete the instance's CloudFormation stack, whose name begins with `AWSProton-{service}`: its queues go with it. The
   topic belongs to the environment's stack and may feed other services: leave that alone until nobody needs it.
7. Before the environment's stack goes: topic, network and cluster go with it, and without the topic nothing reaches
   the queue. Have publishers publish to another topic and move the service into another network first, or have that
   stack retain them (`DeletionPolicy: Retain`, also on the `AWS::SNS::TopicPolicy`). Then write what
   `${{aws:output ...}}` looks up into the stack file; `pulumi up` changes nothing."""


def moving_sections(service: str, instance: str, stack: str) -> list[str]:
    """What holds for every service, and the steps with the names of one instance."""
    return [_DIFFERENT, _MOVING.format(service=service, instance=instance, stack=stack)]
