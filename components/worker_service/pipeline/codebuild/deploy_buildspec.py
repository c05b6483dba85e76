"""The buildspecs of the projects that deploy, or mark what ECS deploys: pure functions to dicts that become JSON.

Values that people choose reach the shell as environment variables, never as parts of a command.
https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
"""

from typing import Any

from worker_service.pipeline.codebuild.phase import phase

#: Python of the deployments, one that the program supports and the projects' image has; `latest` changes by itself.
#: https://github.com/aws/aws-codebuild-docker-images/blob/master/al/x86_64/standard/6.0/runtimes.yml
DEPLOY_PYTHON = "3.13"

# A tag that the lifecycle policy keeps, so that what runs can always be pulled again. It ends in the build's UUID: tags
# never move, and a build's number starts again with a new project.
_MARK_AS_DEPLOYED = """\
MANIFEST=$(aws ecr batch-get-image --repository-name "${REPOSITORY_URL#*/}" --image-ids imageDigest="${IMAGE#*@}" \\
  --query 'images[0].imageManifest' --output text) &&
aws ecr put-image --repository-name "${REPOSITORY_URL#*/}" --image-digest "${IMAGE#*@}" \\
  --image-manifest "$MANIFEST" --image-tag "$DEPLOYED_TAG_PREFIX${CODEBUILD_BUILD_ID##*:}" > /dev/null"""

# The release's own archive, by the checksum that is given, or by the release's own list of them. Nothing of it runs
# before it is what it should be, and what fetches it has no secret in its environment.
_INSTALL_PULUMI = """\
ARCHIVE="pulumi-v$PULUMI_VERSION-linux-x64.tar.gz"
fetch() { env -u PULUMI_ACCESS_TOKEN -u PULUMI_CONFIG_PASSPHRASE \\
  curl --fail --silent --show-error --location --output "$HOME/$1" "$RELEASE/$1"; }
RELEASE="https://github.com/pulumi/pulumi/releases/download/v$PULUMI_VERSION" &&
fetch "$ARCHIVE" &&
if [ -z "$PULUMI_SHA512" ]; then
  fetch SHA512SUMS &&
  PULUMI_SHA512=$(awk -v archive="$ARCHIVE" 'index($2, archive) { print $1 }' "$HOME/SHA512SUMS")
fi &&
printf '%s  %s\\n' "$PULUMI_SHA512" "$HOME/$ARCHIVE" | sha512sum --check --quiet - &&
tar --extract --gzip --file "$HOME/$ARCHIVE" --directory "$HOME" &&
export PATH="$HOME/pulumi:$PATH\""""

_PULUMI_UP = """\
pulumi up --stack "$STACK" --yes --non-interactive --skip-preview --config-path \\
  --config image="$IMAGE" \\
  --config aws:region="$TARGET_REGION" \\
  --config 'aws:assumeRoles[0].roleArn'="$DEPLOY_ROLE_ARN\""""

_RUN_TESTS = """\
pulumi stack output --stack "$STACK" --json > stack-outputs.json &&
bash -c "$TEST_COMMAND\""""


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
            "install": {"runtime-versions": {"python": DEPLOY_PYTHON}, **phase(_INSTALL_PULUMI)},
            "pre_build": phase('cd "$PROGRAM_DIR"', "pulumi install", select_stack),
            "build": phase(_MARK_AS_DEPLOYED, _PULUMI_UP),
            **({"post_build": phase(*tests)} if tests else {}),
        },
    }


def mark_buildspec() -> dict[str, Any]:
    """Mark $IMAGE as deployed, with $DEPLOYED_TAG_PREFIX, before ECS's own action deploys it. Reads $REPOSITORY_URL."""
    return {"version": 0.2, "env": {"shell": "bash"}, "phases": {"build": phase(_MARK_AS_DEPLOYED)}}
