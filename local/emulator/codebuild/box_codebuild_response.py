"""CodeBuild's builds, which moto lets succeed without a result: a build of an image leaves one here.

The box has none of CodeBuild's machines. Nothing is built: the image is empty, and its digest is its tag's hash.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from moto.codebuild.exceptions import ResourceNotFoundException
from moto.codebuild.models import CodeBuild
from moto.codebuild.responses import CodeBuildResponse
from moto.core.responses import ActionResult
from moto.ecr.models import ecr_backends

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_TAG = "IMAGE_TAG"
_CHANGEABLE = (
    "artifacts",
    "description",
    "encryptionKey",
    "environment",
    "logsConfig",
    "queuedTimeoutInMinutes",
    "serviceRole",
    "source",
    "tags",
    "timeoutInMinutes",
)
_REPOSITORY = "REPOSITORY_URL"


class BoxCodeBuildResponse(CodeBuildResponse):
    """moto's CodeBuild, with an image for whoever waits for one, projects' keys, and a call that moto lacks."""

    def create_project(self) -> ActionResult:
        """Create a project, and keep its key too, which moto forgets."""
        answer = super().create_project()
        self._project().project_metadata.update(self._given("encryptionKey"))
        return answer

    def update_project(self) -> ActionResult:
        """Change what is given of a project; all else stays."""
        project = self._project()
        project.project_metadata.update(self._given(*_CHANGEABLE))
        return ActionResult({"project": project.project_metadata})

    def _project(self) -> CodeBuild:
        name = self._get_param("name")
        if name not in self.codebuild_backend.codebuild_projects:
            raise ResourceNotFoundException(f"Project cannot be found: {name}")
        return self.codebuild_backend.codebuild_projects[name]

    def _given(self, *names: str) -> dict[str, Any]:
        return {name: self._get_param(name) for name in names if self._get_param(name) is not None}

    def start_build(self) -> ActionResult:
        """Start a build; where it is told a tag and its project a repository, the image is there at once."""
        answer = super().start_build()
        project = self.codebuild_backend.codebuild_projects[self._get_param("projectName")]
        variables = _variables(project.project_metadata["environment"].get("environmentVariables", []))
        variables |= _variables(self._get_param("environmentVariablesOverride") or [])
        if variables.keys() >= {_TAG, _REPOSITORY}:
            self._push(variables[_REPOSITORY], variables[_TAG])
        return answer

    def _push(self, repository_url: str, tag: str) -> None:
        manifest = json.dumps({"schemaVersion": 2, "mediaType": _MANIFEST, "annotations": {"tag": tag}})
        name = repository_url.partition("/")[2]
        ecr_backends[self.current_account][self.region].put_image(name, manifest, tag, digest=digest_of(tag))


def digest_of(tag: str) -> str:
    """Digest of the image that a build leaves under the tag."""
    return f"sha256:{hashlib.sha256(tag.encode()).hexdigest()}"


def _variables(listed: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    return {variable["name"]: variable["value"] for variable in listed}
