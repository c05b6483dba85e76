"""Log groups take a key of the user's; without one CloudWatch encrypts with its own."""

from tests.support.pipelines import GIT, pipeline
from tests.support.worker_service import deployed

LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
KEY_ARN = "arn:aws:kms:eu-west-1:111122223333:key/1a2b"


def test_every_log_group_takes_the_key():
    for deployment in (deployed(log_kms_key_arn=KEY_ARN), pipeline(GIT, log_kms_key_arn=KEY_ARN)):
        assert {group.inputs["kmsKeyId"] for group in deployment.all(LOG_GROUP)} == {KEY_ARN}


def test_without_a_key_none_is_named():
    for deployment in (deployed(), pipeline(GIT)):
        assert [group.name for group in deployment.all(LOG_GROUP) if "kmsKeyId" in group.inputs] == []
