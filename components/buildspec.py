"""What CodeBuild runs, as pure functions to buildspecs: dicts that become JSON, which CodeBuild takes as it takes YAML.

Values that people choose reach the shell as environment variables, never as parts of a command.
https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
"""

from typing import Any

from components.limits import Architecture

#: The platform as Docker names it.
PLATFORMS = {Architecture.X86_64: "linux/amd64", Architecture.ARM64: "linux/arm64"}

#: BuildKit writes a registry cache from a builder of its own alone; AWS's mirror spares Docker Hub's rate limit.
BUILDKIT_IMAGE = "public.ecr.aws/vend/moby/buildkit:buildx-stable-1"

#: Python of the deployments, one that the program supports and the projects' image has; `latest` changes by itself.
#: https://github.com/aws/aws-codebuild-docker-images/blob/master/al/x86_64/standard/6.0/runtimes.yml
DEPLOY_PYTHON = "3.13"

#: Where CodePipeline's ECS action finds the image; the name is CodePipeline's own.
IMAGE_DEFINITIONS = "imagedefinitions.json"

#: What later stages and `pulumi up` read from a finished build.
EXPORTED_VARIABLES = ["IMAGE", "IMAGE_DIGEST", "IMAGE_TAG"]

_SOURCE = "$CODEBUILD_SRC_DIR"

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

_BUILD_AND_PUSH = """\
if [ "$IMAGE_EXISTS" = no ]; then
  docker buildx create --use --driver docker-container --driver-opt image="$BUILDKIT_IMAGE" &&
  docker buildx build --platform "$PLATFORM" --file "$SERVICE_PATH/$DOCKERFILE" --tag "$REPOSITORY_URL:$IMAGE_TAG" \\
    --cache-from type=registry,ref="$CACHE_URL:$CACHE_TAG" \\
    --cache-to type=registry,ref="$CACHE_URL:$CACHE_TAG",mode=max,image-manifest=true,oci-mediatypes=true \\
    --provenance=false --push "$SERVICE_PATH"
fi"""

_REPORT_DIGEST = """\
IMAGE_DIGEST=$(aws ecr describe-images --repository-name "${REPOSITORY_URL#*/}" --image-ids imageTag="$IMAGE_TAG" \\
  --query 'imageDetails[0].imageDigest' --output text) &&
export IMAGE_DIGEST IMAGE="$REPOSITORY_URL@$IMAGE_DIGEST" &&
echo "The image is $IMAGE\""""

_WRITE_IMAGE_DEFINITIONS = f"""\
printf '[{{"name":"%s","imageUri":"%s"}}]\\n' "$CONTAINER_NAME" "$IMAGE" > "{_SOURCE}/{IMAGE_DEFINITIONS}\""""

# A tag that the lifecycle policy keeps, so that what runs can always be pulled again. It ends in the build's UUID: tags
# never move, and a build's number starts again with a new project.
_MARK_AS_DEPLOYED = """\
MANIFEST=$(aws ecr batch-get-image --repository-name "${REPOSITORY_URL#*/}" --image-ids imageDigest="${IMAGE#*@}" \\
  --query 'images[0].imageManifest' --output text) &&
aws ecr put-image --repository-name "${REPOSITORY_URL#*/}" --image-digest "${IMAGE#*@}" \\
  --image-manifest "$MANIFEST" --image-tag "$DEPLOYED_TAG_PREFIX${CODEBUILD_BUILD_ID##*:}" > /dev/null"""

# Through a file: a pipe into sh would take a failed download for an empty script, which succeeds.
_INSTALL_PULUMI = """\
curl --fail --silent --show-error --location --output "$HOME/install-pulumi.sh" https://get.pulumi.com &&
sh "$HOME/install-pulumi.sh" --version "$PULUMI_VERSION" &&
export PATH="$HOME/.pulumi/bin:$PATH\""""

_PULUMI_UP = """\
pulumi up --stack "$STACK" --yes --non-interactive --skip-preview --config-path \\
  --config image="$IMAGE" \\
  --config aws:region="$TARGET_REGION" \\
  --config 'aws:assumeRoles[0].roleArn'="$DEPLOY_ROLE_ARN\""""

_RUN_TESTS = """\
pulumi stack output --stack "$STACK" --json > stack-outputs.json &&
bash -c "$TEST_COMMAND\""""


def image_buildspec(
    *, service_path: str, dockerfile: str, unit_test_command: str, architecture: Architecture
) -> dict[str, Any]:
    """Test, build and push the image under $IMAGE_TAG, or under the source's version where that is not given.

    An image that is already there is not built again. Reads $REPOSITORY_URL, $CACHE_URL and $CONTAINER_NAME; exports
    IMAGE (repository@digest), IMAGE_DIGEST and IMAGE_TAG. `service_path` is the service's folder in the source.
    """
    platform = PLATFORMS[architecture]
    return {
        "version": 0.2,
        "env": {
            "shell": "bash",
            "variables": {
                "SERVICE_PATH": service_path,
                "DOCKERFILE": dockerfile,
                "UNIT_TEST_COMMAND": unit_test_command,
                "PLATFORM": platform,
                "CACHE_TAG": platform.replace("/", "-"),
                "BUILDKIT_IMAGE": BUILDKIT_IMAGE,
            },
            "exported-variables": EXPORTED_VARIABLES,
        },
        "phases": {
            "pre_build": _phase(_NAME_THE_IMAGE, _LOG_IN, _LOOK_FOR_THE_IMAGE),
            "build": _phase(_RUN_UNIT_TESTS, _BUILD_AND_PUSH),
            "post_build": _phase(_REPORT_DIGEST, _WRITE_IMAGE_DEFINITIONS),
        },
        "artifacts": {"files": [IMAGE_DEFINITIONS]},
    }


def deploy_buildspec(*, program_dir: str, secrets: dict[str, str], test_command: str | None) -> dict[str, Any]:
    """Run `pulumi up` for $STACK with $IMAGE, then the test command.

    `secrets` maps variables to Secrets Manager ARNs. State is read and written with the project's own role; AWS is
    changed with $DEPLOY_ROLE_ARN. Reads $PULUMI_BACKEND_URL, $SECRETS_PROVIDER, $TARGET_REGION, $REPOSITORY_URL too.
    The test command runs in the program's folder, where it finds the stack's outputs in stack-outputs.json.
    """
    select_stack = 'pulumi stack select --create --stack "$STACK" --secrets-provider "$SECRETS_PROVIDER"'
    tests = [_RUN_TESTS] if test_command else []
    return {
        "version": 0.2,
        "env": {
            "shell": "bash",
            "variables": {"PROGRAM_DIR": program_dir, **({"TEST_COMMAND": test_command} if test_command else {})},
            **({"secrets-manager": secrets} if secrets else {}),
        },
        "phases": {
            "install": {"runtime-versions": {"python": DEPLOY_PYTHON}, **_phase(_INSTALL_PULUMI)},
            "pre_build": _phase('cd "$PROGRAM_DIR"', "pulumi install", select_stack),
            "build": _phase(_MARK_AS_DEPLOYED, _PULUMI_UP),
            **({"post_build": _phase(*tests)} if tests else {}),
        },
    }


def mark_buildspec() -> dict[str, Any]:
    """Mark $IMAGE as deployed, with $DEPLOYED_TAG_PREFIX, before ECS's own action deploys it. Reads $REPOSITORY_URL."""
    return {"version": 0.2, "env": {"shell": "bash"}, "phases": {"build": _phase(_MARK_AS_DEPLOYED)}}


def _phase(*commands: str) -> dict[str, Any]:
    # Without ABORT a failed build still runs post_build, which would report an older image.
    return {"on-failure": "ABORT", "commands": list(commands)}
