"""`make pin`: add to each image that a Dockerfile begins with the digest that its tag has in the registry now.

Digests come from the registry and from nowhere else: where it cannot be reached, nothing is written.
https://distribution.github.io/distribution/spec/auth/token/
"""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlencode

from scripts.whole_files import write_whole

ROOT = Path(__file__).parent.parent

#: `FROM REGISTRY/REPOSITORY:TAG`, with or without a digest.
FROM_IMAGE = re.compile(
    r"^(?P<instruction>FROM )(?P<registry>[\w.-]+\.[a-z]+)/(?P<repository>[\w./-]+):(?P<tag>[\w.-]+)"
    r"(?P<digest>@sha256:[0-9a-f]{64})?",
    re.MULTILINE,
)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')

#: An index first: it has an image for each architecture.
_MANIFESTS = ", ".join(
    f"application/vnd.{kind}+json"
    for kind in (
        "oci.image.index.v1",
        "docker.distribution.manifest.list.v2",
        "oci.image.manifest.v1",
        "docker.distribution.manifest.v2",
    )
)
_TIMEOUT_SECONDS = 20


def dockerfiles() -> list[Path]:
    """Every Dockerfile that is committed."""
    listed = subprocess.run(["git", "ls-files", "*Dockerfile"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607
    return [ROOT / name for name in listed.stdout.split()]


def pinned(text: str, scheme: str = "https") -> str:
    """The Dockerfile's text with the digest of each image. Raises OSError or ValueError where one is not to be had."""

    def pin(found: re.Match[str]) -> str:
        image = f"{found['registry']}/{found['repository']}:{found['tag']}"
        return f"{found['instruction']}{image}@{digest(scheme, found['registry'], found['repository'], found['tag'])}"

    return FROM_IMAGE.sub(pin, text)


def digest(scheme: str, registry: str, repository: str, tag: str) -> str:
    """The digest that the tag has in the registry."""
    manifest = f"{scheme}://{registry}/v2/{repository}/manifests/{tag}"
    try:
        answer = _asked(manifest, {})
    except urllib.error.HTTPError as refused:
        with refused:
            if refused.code != HTTPStatus.UNAUTHORIZED:
                raise
            challenge = refused.headers.get("WWW-Authenticate", "")
            answer = _asked(manifest, {"Authorization": f"Bearer {_token(challenge)}"})
    if not _DIGEST.fullmatch(answer):
        raise ValueError(f"{registry} names no digest of {repository}:{tag}")
    return answer


def _asked(url: str, headers: dict[str, str]) -> str:
    request = urllib.request.Request(url, method="HEAD", headers={"Accept": _MANIFESTS, **headers})  # noqa: S310
    with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as response:  # noqa: S310 - our own Dockerfiles' registries
        return response.headers.get("Docker-Content-Digest", "")


def _token(challenge: str) -> str:
    """A token for anybody, from where the registry's answer says."""
    asked = dict(_CHALLENGE.findall(challenge))
    if "realm" not in asked:
        raise ValueError(f"the registry does not say where a token is to be had: {challenge!r}")
    url = f"{asked.pop('realm')}?{urlencode(asked)}"
    with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as response:  # noqa: S310
        answer = json.load(response)
    match answer:
        case {"token": str(token)}:
            return token
    raise ValueError(f"{url} gives no token")


def main() -> int:
    """Pin every Dockerfile, or none."""
    try:
        texts = {path: pinned(path.read_text()) for path in dockerfiles()}
        write_whole(texts)
    except (OSError, ValueError, http.client.HTTPException, subprocess.CalledProcessError) as error:
        sys.stderr.write(f"nothing was pinned: {error}\n")
        return 2
    for path in texts:
        sys.stdout.write(f"{path.relative_to(ROOT)}: pinned\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
