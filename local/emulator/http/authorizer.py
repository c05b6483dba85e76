"""In front of moto: who calls, what for, and whether it may. A WSGI middleware."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote

from botocore.exceptions import UnknownServiceError
from moto.core.request import Request as MotoRequest
from moto.core.routing import get_service_router
from moto.utilities.utils import get_partition
from werkzeug.exceptions import NotFound

from local.emulator.account import ACCOUNT_ID, calls_of
from local.emulator.aws_error import BOTOCORE_NAMES, AwsError, render, service_protocol
from local.emulator.http.loopback_server import WsgiApp
from local.emulator.http.signature import Scope, read_scope, signature_is_right
from local.emulator.iam.caller import Caller, ExpiredKeyError, UnknownKeyError, identify
from local.emulator.iam.denial_log import Denial
from local.emulator.iam.key_permissions import kms_error
from local.emulator.iam.policy_evaluation import denied
from local.emulator.iam.policy_verdict import UnsupportedPolicyError
from local.emulator.iam.required_permissions import required_permissions

Environ = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """One API call, read from its request."""

    service: str
    region: str
    action: str
    parameters: Mapping[str, Any]


class Authorizer:
    """Lets through to `app` what the caller's and the resources' policies allow.

    The loopback stands for TLS: aws:SecureTransport is true, unless the request carries the header
    `X-Box-Secure-Transport: false`.
    """

    def __init__(self, app: WsgiApp) -> None:
        self._app = app

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Serve one request."""
        service = ""
        try:
            scope = self._scope(environ)
            service = scope.service
            self._authorize(environ, scope)
            return self._app(environ, start_response)
        except AwsError as error:
            answer = error
        except UnsupportedPolicyError as error:
            answer = AwsError("InternalFailure", str(error), 501)
        except NotImplementedError as error:
            answer = AwsError("InternalFailure", f"the emulator lacks this call: {error}", 501)
        except Exception as error:  # the caller gets the news as an AWS error, not as a closed connection
            answer = AwsError("InternalFailure", f"the emulator failed: {type(error).__name__}: {error}", 500)
        status, headers, body = render(answer, service, environ.get("CONTENT_TYPE", ""))
        start_response(f"{status} {answer.code}", list(headers.items()))
        return [body]

    @staticmethod
    def _scope(environ: Environ) -> Scope:
        if "HTTP_ORIGIN" in environ:
            raise AwsError("AccessDenied", "web pages may not talk to the box", 403)
        scope = read_scope(environ)
        if scope is None:
            raise AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
        return scope

    def _authorize(self, environ: Environ, scope: Scope) -> None:
        body = environ["wsgi.input"].read()
        environ["wsgi.input"] = io.BytesIO(body)
        caller = _caller(scope)
        if not signature_is_right(environ, body, scope, caller.secret_access_key):
            raise _credential_error(scope.service, "signature")
        call = read_call(environ, body, scope)
        account_id = caller.principal.account or ACCOUNT_ID
        # moto's own way to be told of whose account a call is.
        environ["HTTP_X_MOTO_ACCOUNT_ID"] = account_id
        secure = environ.get("HTTP_X_BOX_SECURE_TRANSPORT", "true").lower()
        context = {
            "aws:SecureTransport": secure,
            "aws:PrincipalArn": caller.principal.arns[-1],
            "aws:PrincipalAccount": account_id,
            "aws:RequestedRegion": call.region,
            "kms:CallerAccount": account_id,
        }
        with calls_of(account_id):
            permissions = required_permissions(call.service, call.action, call.parameters, call.region)
        for permission in permissions:
            denial = denied(caller, permission, context)
            if denial:
                raise denial_error(call.service, denial)


def read_call(environ: Environ, body: bytes, scope: Scope) -> Call:
    """Action and parameters of a request in any of AWS's protocols (of a REST call its query and path alone)."""
    target = environ.get("HTTP_X_AMZ_TARGET")
    if target:
        return Call(scope.service, scope.region, target.rsplit(".", 1)[-1], json.loads(body or b"{}"))
    form = environ.get("QUERY_STRING", "")
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        form = f"{form}&{body.decode()}"
    parameters = {name: values[0] for name, values in parse_qs(form, keep_blank_values=True).items()}
    if "Action" in parameters:
        return Call(scope.service, scope.region, parameters["Action"], parameters)
    path = unquote(environ.get("PATH_INFO", ""))
    return Call(scope.service, scope.region, _operation_by_path(environ, scope.service), {**parameters, "Path": path})


def _operation_by_path(environ: Environ, service: str) -> str:
    path = unquote(environ.get("PATH_INFO", ""))
    if "/operation/" in path:  # the CBOR protocol
        return path.rsplit("/", 1)[-1]
    try:
        operation, _ = get_service_router(BOTOCORE_NAMES.get(service, service)).match(MotoRequest(environ))
    except (UnknownServiceError, NotFound, NotImplementedError):  # moto says so in its answer
        return "*"
    return str(operation.name)


def _caller(scope: Scope) -> Caller:
    try:
        return identify(scope.access_key_id, scope.session_token, get_partition(scope.region))
    except UnknownKeyError:
        raise _credential_error(scope.service, "unknown") from None
    except ExpiredKeyError:
        raise _credential_error(scope.service, "expired") from None


_CREDENTIAL_MESSAGES = {
    "unknown": "The security token included in the request is invalid.",
    "expired": "The security token included in the request is expired",
    "signature": "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method.",
}

# protocol: {trouble: (code, status)}. SQS speaks JSON but keeps the codes of the query protocol.
_CREDENTIAL_CODES = {
    "json": {
        "unknown": ("UnrecognizedClientException", 400),
        "expired": ("ExpiredTokenException", 400),
        "signature": ("InvalidSignatureException", 400),
    },
    "query": {
        "unknown": ("InvalidClientTokenId", 403),
        "expired": ("ExpiredToken", 403),
        "signature": ("SignatureDoesNotMatch", 403),
    },
    "ec2": {
        "unknown": ("AuthFailure", 401),
        "expired": ("RequestExpired", 400),
        "signature": ("AuthFailure", 401),
    },
    "rest-xml": {
        "unknown": ("InvalidAccessKeyId", 403),
        "expired": ("ExpiredToken", 400),
        "signature": ("SignatureDoesNotMatch", 403),
    },
}


def _credential_error(service: str, trouble: str) -> AwsError:
    protocol = "query" if service == "sqs" else service_protocol(service)
    code, status = _CREDENTIAL_CODES.get(protocol, _CREDENTIAL_CODES["json"])[trouble]
    return AwsError(code, _CREDENTIAL_MESSAGES[trouble], status)


def denial_error(service: str, denial: Denial) -> AwsError:
    """A refusal in the service's own code."""
    if denial.action.startswith("kms:") and service in ("sqs", "sns"):
        return kms_error(service, "AccessDenied", str(denial))
    if service == "sqs":
        return AwsError("AccessDenied", denial.message(denial.action.lower()), 403)
    if service == "sns":
        return AwsError("AuthorizationError", denial.message(denial.action.replace("sns:", "SNS:")), 403)
    protocol = service_protocol(service)
    if protocol == "ec2":
        return AwsError("UnauthorizedOperation", f"You are not authorized to perform this operation. {denial}", 403)
    if protocol in ("query", "rest-xml"):
        return AwsError("AccessDenied", str(denial), 403)
    return AwsError("AccessDeniedException", str(denial), 403 if protocol.startswith("rest") else 400)
