"""Which of moto's classes the emulator replaces, all in one place, while it runs.

moto finds these classes by their module's global names, so the names are what is replaced. moto's state is
process-wide; so are the replacements, from Emulator.start to Emulator.stop.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from moto.applicationautoscaling import urls as autoscaling_urls
from moto.codebuild import urls as codebuild_urls
from moto.core import errors as moto_errors
from moto.core.utils import camelcase_to_underscores
from moto.events import models as events_models
from moto.iam.access_control import PermissionResult
from moto.moto_server import werkzeug_app
from moto.s3 import models as s3_models
from moto.sns import models as sns_models
from moto.sns import urls as sns_urls
from moto.sqs import models as sqs_models
from moto.sqs import urls as sqs_urls
from moto.sts import models as sts_models

from local.emulator.autoscaling.box_autoscaling_response import BoxAutoScalingResponse
from local.emulator.aws_error import COMMON_CODES
from local.emulator.codebuild.box_codebuild_response import BoxCodeBuildResponse
from local.emulator.events.box_rule import BoxRule
from local.emulator.iam.box_sts_backend import BoxStsBackend
from local.emulator.sns.box_sns_response import BoxSnsResponse
from local.emulator.sns.box_subscription import BoxSubscription
from local.emulator.sns.box_topic import BoxSnsBackend, BoxTopic
from local.emulator.sqs.box_queue import BoxMessage, BoxQueue
from local.emulator.sqs.box_sqs_backend import BoxSqsBackend
from local.emulator.sqs.box_sqs_response import BoxSqsResponse

_REPLACEMENTS: list[tuple[Any, str, Any]] = [
    # SQS: fast with a backlog, strict about receipt handles.
    (sqs_models, "Message", BoxMessage),
    (sqs_models, "Queue", BoxQueue),
    (sqs_models.sqs_backends, "backend", BoxSqsBackend),
    # SQS: moto spells every attribute's name with regular expressions for every message that is sent.
    (sqs_models, "camelcase_to_underscores", cache(camelcase_to_underscores)),
    # SQS: the calls that moto lacks.
    (sqs_urls, "url_paths", dict.fromkeys(sqs_urls.url_paths, BoxSqsResponse.dispatch)),
    # SNS: deliveries that policies allow, no memory of every message, a limit on batches.
    (sns_models, "Subscription", BoxSubscription),
    (sns_models, "Topic", BoxTopic),
    (sns_models.sns_backends, "backend", BoxSnsBackend),
    # SNS: its rules for what is published.
    (sns_urls, "url_paths", {**sns_urls.url_paths, "{0}/$": BoxSnsResponse.dispatch}),
    # Application Auto Scaling: the call that moto lacks.
    (autoscaling_urls, "url_paths", dict.fromkeys(autoscaling_urls.url_paths, BoxAutoScalingResponse.dispatch)),
    # EventBridge: deliveries that policies allow.
    (events_models, "Rule", BoxRule),
    # S3: the emulator has judged the bucket's policy; moto reads it without its conditions, and refuses every caller.
    (s3_models.FakeBucket, "get_permission", lambda _bucket, _action, _resource: PermissionResult.NEUTRAL),
    # CodeBuild: a build of an image leaves one.
    (codebuild_urls, "url_paths", {"{0}/$": BoxCodeBuildResponse.dispatch}),
    # STS: who the box's root is.
    (sts_models.sts_backends, "backend", BoxStsBackend),
    # moto warns about error codes that no service's model names.
    (moto_errors, "COMMON_ERROR_CODES", [*moto_errors.COMMON_ERROR_CODES, *COMMON_CODES]),
    # No web page may read the box: moto answers every origin's CORS question with yes.
    (werkzeug_app, "DISABLE_GLOBAL_CORS", True),
]


class MotoPatches:
    """Put the replacements in place, and back."""

    def __init__(self) -> None:
        self._originals: list[tuple[Any, str, Any]] = []

    def apply(self) -> None:
        """Replace; harmless when done already."""
        if not self._originals:
            self._originals = [(owner, name, getattr(owner, name)) for owner, name, _ in _REPLACEMENTS]
            for owner, name, replacement in _REPLACEMENTS:
                setattr(owner, name, replacement)

    def remove(self) -> None:
        """Put moto's own classes back."""
        for owner, name, original in self._originals:
            setattr(owner, name, original)
        self._originals = []
