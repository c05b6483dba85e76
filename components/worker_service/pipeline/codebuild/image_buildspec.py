"""The buildspec of the image build: a pure function to a dict that becomes JSON, which CodeBuild takes like YAML.

Values that people choose reach the shell as environment variables, never as parts of a command.
https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
"""

from typing import Any

from worker_service.inputs.aws_values import Architecture
from worker_service.pipeline.build_options import BuildOptions
from worker_service.pipeline.codebuild.phase import phase

#: The platform as Docker names it.
PLATFORMS = {Architecture.X86_64: "linux/amd64", Architecture.ARM64: "linux/arm64"}

#: Where CodePipeline's ECS action finds the image; the name is CodePipeline's own.
IMAGE_DEFINITIONS = "imagedefinitions.json"

#: What later stages and `pulumi up` read from a finished build.
EXPORTED_VARIABLES = ["IMAGE", "IMAGE_DIGEST", "IMAGE_TAG"]

#: What an uploaded archive holds: the build context. What becomes of links and permissions in the ZIP archive itself
#: is up to CodeBuild, which unpacks it.
CONTEXT_TAR = ".build-context.tar"

_SOURCE = "$CODEBUILD_SRC_DIR"

_UNPACK_THE_CONTEXT = f"tar --extract --file {CONTEXT_TAR} && rm {CONTEXT_TAR}"

# A commit names itself; a version of an S3 object has characters that a tag must not have, or not at its beginning.
_NAME_THE_IMAGE = """\
IMAGE_TAG=${IMAGE_TAG:-$(printf %s "$CODEBUILD_RESOLVED_SOURCE_VERSION" |
  tr -c 'A-Za-z0-9_.-' '-' | sed 's/^[.-]/v&/' | cut -c1-128)}
export IMAGE_TAG"""

_LOG_IN = 'aws ecr get-login-password | docker login --username AWS --password-stdin "${REPOSITORY_URL%%/*}"'

# Only a missing image means "build": anything else that fails must not lead to a push over nothing.
_LOOK_FOR_THE_IMAGE = """\
found=$(aws ecr describe-images --repository-name "${REPOSITORY_URL#*/}" --image-ids imageTag="$IMAGE_TAG" 2>&1) &&
  status=found || status=missing
if [ "$status" = found ]; then
  export IMAGE_EXISTS=yes
  echo "$IMAGE_TAG is already in the repository: nothing to build"
elif printf %s "$found" | grep -q ImageNotFoundException; then
  export IMAGE_EXISTS=no
else
  printf '%s\\n' "$found" >&2
  false
fi"""

_RUN_UNIT_TESTS = """\
if [ "$IMAGE_EXISTS" = no ]; then
  (cd "$SERVICE_PATH" && bash -c "$UNIT_TEST_COMMAND")
fi"""

# By the daemon that the build image brings, which needs no builder's image of anybody's. The cache is the newest image
# under a tag of its own, which may move. A first build finds none, and one that cannot be pushed fails no build.
_BUILD_AND_PUSH_WITH_CACHE = """\
if [ "$IMAGE_EXISTS" = no ]; then
  docker pull --quiet "$CACHE_URL:$CACHE_TAG" || echo "no cache yet: everything is built"
  DOCKER_BUILDKIT=1 docker build --platform "$PLATFORM" --file "$SERVICE_PATH/$DOCKERFILE" \\
    --tag "$REPOSITORY_URL:$IMAGE_TAG" --tag "$CACHE_URL:$CACHE_TAG" \\
    --cache-from "$CACHE_URL:$CACHE_TAG" --build-arg BUILDKIT_INLINE_CACHE=1 {options}"$SERVICE_PATH" &&
  docker push --quiet "$REPOSITORY_URL:$IMAGE_TAG" &&
  {{ docker push --quiet "$CACHE_URL:$CACHE_TAG" || echo "the cache was not pushed: the next build takes longer"; }}
fi"""

_BUILD_AND_PUSH = """\
if [ "$IMAGE_EXISTS" = no ]; then
  DOCKER_BUILDKIT=1 docker build --no-cache --pull --platform "$PLATFORM" --file "$SERVICE_PATH/$DOCKERFILE" \\
    --tag "$REPOSITORY_URL:$IMAGE_TAG" {options}"$SERVICE_PATH" &&
  docker push --quiet "$REPOSITORY_URL:$IMAGE_TAG"
fi"""

_REPORT_DIGEST = """\
IMAGE_DIGEST=$(aws ecr describe-images --repository-name "${REPOSITORY_URL#*/}" --image-ids imageTag="$IMAGE_TAG" \\
  --query 'imageDetails[0].imageDigest' --output text) &&
export IMAGE_DIGEST IMAGE="$REPOSITORY_URL@$IMAGE_DIGEST" &&
echo "The image is $IMAGE\""""

_WRITE_IMAGE_DEFINITIONS = f"""\
printf '[{{"name":"%s","imageUri":"%s"}}]\\n' "$CONTAINER_NAME" "$IMAGE" > "{_SOURCE}/{IMAGE_DEFINITIONS}\""""


def image_buildspec(
    *,
    service_path: str | None,
    dockerfile: str,
    unit_test_command: str,
    architecture: Architecture,
    options: BuildOptions,
) -> dict[str, Any]:
    """Test, build and push the image under $IMAGE_TAG, or under the source's version where that is not given.

    An image that is already there is not built again. Reads $REPOSITORY_URL, $CACHE_URL and $CONTAINER_NAME; exports
    IMAGE (repository@digest), IMAGE_DIGEST and IMAGE_TAG. `service_path` is the service's folder in the source, or
    None where the source is an uploaded build context.
    """
    platform = PLATFORMS[architecture]
    build = _BUILD_AND_PUSH_WITH_CACHE if options.uses_cache else _BUILD_AND_PUSH
    unpacking = [_UNPACK_THE_CONTEXT] if service_path is None else []
    return {
        "version": 0.2,
        "env": {
            "shell": "bash",
            "variables": {
                "SERVICE_PATH": service_path or ".",
                "DOCKERFILE": dockerfile,
                "UNIT_TEST_COMMAND": unit_test_command,
                "PLATFORM": platform,
                "CACHE_TAG": platform.replace("/", "-"),
                **options.variables,
            },
            **({"secrets-manager": options.secret_variables} if options.secrets else {}),
            "exported-variables": EXPORTED_VARIABLES,
        },
        "phases": {
            "pre_build": phase(*unpacking, _NAME_THE_IMAGE, _LOG_IN, _LOOK_FOR_THE_IMAGE),
            "build": phase(_RUN_UNIT_TESTS, build.format(options=options.docker_options)),
            "post_build": phase(_REPORT_DIGEST, _WRITE_IMAGE_DEFINITIONS),
        },
        "artifacts": {"files": [IMAGE_DEFINITIONS]},
    }
