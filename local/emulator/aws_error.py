"""Errors that come before moto, in the form of each service's protocol."""

from __future__ import annotations

import json

from botocore.exceptions import UnknownServiceError
from moto.core.model import OperationModel
from moto.core.request import determine_request_protocol
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model

# Services that sign by another name than botocore's.
BOTOCORE_NAMES = {
    "monitoring": "cloudwatch",
    "states": "stepfunctions",
    "email": "ses",
    "tagging": "resourcegroupstaggingapi",
}

# Codes that belong to no service's model; moto warns about those it doesn't know.
COMMON_CODES = [
    "AccessDenied",
    "AccessDeniedException",
    "AuthFailure",
    "AuthorizationError",
    "ExpiredToken",
    "ExpiredTokenException",
    "InternalFailure",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "UnauthorizedOperation",
    "UnrecognizedClientException",
]


class AwsError(Exception):
    """An answer with an AWS error code. `query_code` is the code SQS's clients see, where it differs."""

    def __init__(self, code: str, message: str, status: int, query_code: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.query_code = query_code


def service_protocol(service: str) -> str:
    """The protocol of a service (by the name it signs with): json, query, ec2, rest-json, rest-xml, ..."""
    try:
        return str(get_service_model(BOTOCORE_NAMES.get(service, service)).protocol)
    except UnknownServiceError:
        return "json"


def render(error: AwsError, service: str, content_type: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the answer to a client of the service."""
    try:
        model = get_service_model(BOTOCORE_NAMES.get(service, service))
        protocol = determine_request_protocol(model, content_type)
    except (UnknownServiceError, NotImplementedError):
        body = json.dumps({"__type": error.code, "message": error.message}).encode()
        return error.status, {"Content-Type": "application/json", "X-Amzn-Errortype": error.code}, body
    serializer = get_serializer_class(str(model.service_name), protocol)(OperationModel({}, model))
    answer = serializer.serialize(error)
    headers = {name: str(value) for name, value in answer["headers"].items()}
    if error.query_code and "x-amzn-query-error" in headers:
        headers["x-amzn-query-error"] = f"{error.query_code};Sender"
    body = answer["body"]
    return error.status, headers, body.encode() if isinstance(body, str) else body
