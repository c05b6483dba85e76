"""The buildspecs' shell commands, run with stubs for `docker`, `aws`, `pulumi` and `curl` on PATH.

What this cannot show: that the real programs take these arguments, and that CodeBuild reads the buildspec.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from worker_service.inputs.aws_values import Architecture
from worker_service.pipeline.build_options import BuildOptions
from worker_service.pipeline.codebuild.deploy_buildspec import deploy_buildspec, mark_buildspec
from worker_service.pipeline.codebuild.image_buildspec import image_buildspec
from worker_service.pipeline.image.build_context import BuildContext
from worker_service.pipeline.image.context_archive import write_archive

pytestmark = pytest.mark.slow

REGISTRY = "111122223333.dkr.ecr.eu-west-1.amazonaws.com"
REPOSITORY_URL = f"{REGISTRY}/orders-repository"
CACHE_URL = f"{REGISTRY}/orders-cache"
COMMIT = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c"
DIGEST = "sha256:" + "d" * 64
BUILD_UUID = "8b1696a3-0a1b-4c2d-8e3f-0123456789ab"
DEADLINE_SECONDS = 60

#: Each stub notes its arguments as a line of JSON and does what the test's `behave` says of it.
STUB = """\
#!/usr/bin/env bash
python3 -c 'import json, sys; print(json.dumps(sys.argv[1:]))' "$(basename "$0")" "$@" >> "$CALLS"
source "$BEHAVIOUR"
"""

BEHAVIOUR = """\
case "$(basename "$0") $*" in
  "aws ecr get-login-password") echo password ;;
  "docker login"*) cat > /dev/null ;;
  "docker push"*orders-repository*) touch "$PUSHED" ;;
  "aws ecr describe-images"*"--query"*) echo "$DIGEST" ;;
  "aws ecr describe-images"*)
    [ -e "$PUSHED" ] || { echo "An error occurred (ImageNotFoundException)" >&2; exit 254; } ;;
  "aws ecr batch-get-image"*) printf '{"layers": []}\\n' ;;
  "curl "*/SHA512SUMS) cp "$RELEASES/SHA512SUMS" "$HOME/" ;;
  "curl "*) env > "$HOME/fetched-with"; cp "$RELEASES/pulumi-v3.0.0-linux-x64.tar.gz" "$HOME/" ;;
  "pulumi stack output"*) echo '{"queue_url": "q"}' ;;
esac
"""


@dataclass(frozen=True)
class Run:
    """How the commands of a buildspec ended."""

    succeeded: bool
    output: str
    calls: list[list[str]]
    """Program and arguments of every stub that was called."""
    exported: dict[str, str]

    def of(self, *words: str) -> list[list[str]]:
        """The calls that begin so."""
        return [call for call in self.calls if call[: len(words)] == list(words)]


@dataclass(frozen=True)
class CodeBuild:
    """Runs phases as CodeBuild does: one shell, one command after the other, and none after a failure."""

    root: Path

    def run(self, spec: Mapping[str, Any], *, behaviour: str = "", **variables: str) -> Run:
        assert all(phase["on-failure"] == "ABORT" for phase in spec["phases"].values())
        (self.root / "behaviour").write_text(f"{behaviour}\n{BEHAVIOUR}")
        (self.root / "calls").write_text("")
        commands = [command for phase in spec["phases"].values() for command in phase["commands"]]
        exporting = [f'printf "%s\\n" "{name}=${{{name}:-}}"' for name in spec["env"].get("exported-variables", [])]
        script = "\n".join([*(f"{{ {command}\n}} || exit 1" for command in commands), "exec > exported", *exporting])
        done = subprocess.run(
            [spec["env"]["shell"], "-c", script],
            cwd=self.source,
            env=self._environment(spec, variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=DEADLINE_SECONDS,
            check=False,
        )
        exported = self.source / "exported"
        lines = exported.read_text().splitlines() if exported.exists() else []
        calls = [json.loads(line) for line in (self.root / "calls").read_text().splitlines()]
        return Run(done.returncode == 0, done.stdout, calls, dict(line.split("=", 1) for line in lines))

    @property
    def source(self) -> Path:
        return self.root / "source"

    def _environment(self, spec: Mapping[str, Any], variables: Mapping[str, str]) -> dict[str, str]:
        return {
            "PATH": f"{self.root / 'stubs'}:{os.environ['PATH']}",
            "HOME": str(self.root),
            "CALLS": str(self.root / "calls"),
            "BEHAVIOUR": str(self.root / "behaviour"),
            "PUSHED": str(self.root / "pushed"),
            "DIGEST": DIGEST,
            "RELEASES": str(self.root / "releases"),
            "CODEBUILD_SRC_DIR": str(self.source),
            "CODEBUILD_RESOLVED_SOURCE_VERSION": COMMIT,
            "CODEBUILD_BUILD_ID": f"orders-prod-deploy-1a2b3c4:{BUILD_UUID}",
            "REPOSITORY_URL": REPOSITORY_URL,
            "CACHE_URL": CACHE_URL,
            "CONTAINER_NAME": "worker",
            **spec["env"].get("variables", {}),
            **variables,
        }


def release(directory: Path) -> None:
    """Pulumi's archive, with the stub for its program, and the list of checksums beside it."""
    directory.mkdir()
    archive = directory / "pulumi-v3.0.0-linux-x64.tar.gz"
    with tarfile.open(archive, "w:gz") as packed:
        member = tarfile.TarInfo("pulumi/pulumi")
        member.mode, member.size = 0o755, len(STUB.encode())
        packed.addfile(member, io.BytesIO(STUB.encode()))
    digest = hashlib.sha512(archive.read_bytes()).hexdigest()
    (directory / "SHA512SUMS").write_text(f"{'0' * 128}  pulumi-v3.0.0-linux-arm64.tar.gz\n{digest}  {archive.name}\n")


@pytest.fixture
def codebuild(tmp_path: Path) -> CodeBuild:
    (tmp_path / "stubs").mkdir()
    for program in ("aws", "docker", "curl"):
        stub = tmp_path / "stubs" / program
        stub.write_text(STUB)
        stub.chmod(0o755)
    release(tmp_path / "releases")
    (tmp_path / "source" / "service").mkdir(parents=True)
    (tmp_path / "source" / "program").mkdir()
    return CodeBuild(tmp_path)


PLAIN = BuildOptions(arguments={}, secrets={}, target_stage=None, uses_cache=True)


def image_spec(
    architecture: Architecture = Architecture.X86_64,
    unit_test_command: str = "pwd > tested",
    options: BuildOptions = PLAIN,
) -> Any:
    return image_buildspec(
        service_path="service",
        dockerfile="docker/Dockerfile",
        unit_test_command=unit_test_command,
        architecture=architecture,
        options=options,
    )


@pytest.mark.parametrize(
    ("architecture", "platform", "cache_tag"),
    [(Architecture.X86_64, "linux/amd64", "linux-amd64"), (Architecture.ARM64, "linux/arm64", "linux-arm64")],
)
def test_a_commit_is_tested_built_pushed_and_reported(
    codebuild: CodeBuild, architecture: Architecture, platform: str, cache_tag: str
):
    run = codebuild.run(image_spec(architecture))

    assert run.succeeded, run.output
    assert (codebuild.source / "service" / "tested").read_text().strip() == str(codebuild.source / "service")
    image = ["--repository-name", "orders-repository", "--image-ids", f"imageTag={COMMIT}"]
    cache = f"{CACHE_URL}:{cache_tag}"
    # The two ends of a pipe start in any order.
    assert sorted(run.calls[:2]) == [
        ["aws", "ecr", "get-login-password"],
        ["docker", "login", "--username", "AWS", "--password-stdin", REGISTRY],
    ]
    assert run.calls[2:] == [
        ["aws", "ecr", "describe-images", *image],
        ["docker", "pull", "--quiet", cache],
        [
            *("docker", "build", "--platform", platform, "--file", "service/docker/Dockerfile"),
            *("--tag", f"{REPOSITORY_URL}:{COMMIT}", "--tag", cache, "--cache-from", cache),
            *("--build-arg", "BUILDKIT_INLINE_CACHE=1", "service"),
        ],
        ["docker", "push", "--quiet", f"{REPOSITORY_URL}:{COMMIT}"],
        ["docker", "push", "--quiet", cache],
        ["aws", "ecr", "describe-images", *image, "--query", "imageDetails[0].imageDigest", "--output", "text"],
    ]
    assert run.exported == {"IMAGE": f"{REPOSITORY_URL}@{DIGEST}", "IMAGE_DIGEST": DIGEST, "IMAGE_TAG": COMMIT}
    assert json.loads((codebuild.source / "imagedefinitions.json").read_text()) == [
        {"name": "worker", "imageUri": f"{REPOSITORY_URL}@{DIGEST}"}
    ]


def test_an_uploaded_context_is_unpacked_tested_and_built(codebuild: CodeBuild):
    folder = codebuild.root / "folder"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM scratch\n")
    (folder / "start").symlink_to("run.sh")
    with (codebuild.root / "upload.zip").open("wb") as target:
        write_archive(BuildContext(str(folder), dockerfile="Dockerfile"), target)
    with zipfile.ZipFile(codebuild.root / "upload.zip") as upload:
        upload.extractall(codebuild.source)  # noqa: S202 - the archive that was written above
    spec = image_buildspec(
        service_path=None,
        dockerfile="Dockerfile",
        unit_test_command="ls -A > ../listed",
        architecture=Architecture.X86_64,
        options=PLAIN,
    )

    run = codebuild.run(spec, IMAGE_TAG="hash")

    assert run.succeeded, run.output
    assert (codebuild.root / "listed").read_text().split() == ["Dockerfile", "program", "service", "start"]
    assert (codebuild.source / "start").is_symlink()
    [build] = run.of("docker", "build")
    assert build[-1] == "."
    assert build[build.index("--file") + 1] == "./Dockerfile"


def test_an_image_that_is_there_is_neither_tested_nor_built_but_reported(codebuild: CodeBuild):
    (codebuild.root / "pushed").touch()
    run = codebuild.run(image_spec())

    assert run.succeeded, run.output
    assert run.of("docker", "build") == []
    assert not (codebuild.source / "service" / "tested").exists()
    assert run.exported["IMAGE"] == f"{REPOSITORY_URL}@{DIGEST}"
    assert f"{COMMIT} is already in the repository: nothing to build" in run.output


def test_a_content_hash_given_by_the_caller_is_the_tag(codebuild: CodeBuild):
    run = codebuild.run(image_spec(), IMAGE_TAG="c0ffee")

    assert run.exported["IMAGE_TAG"] == "c0ffee"
    [build] = run.of("docker", "build")
    assert f"{REPOSITORY_URL}:c0ffee" in build


def test_the_version_of_an_s3_object_becomes_a_tag_that_ecr_allows(codebuild: CodeBuild):
    version = "3sL4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY/MTRCxf3vjVBH40Nr8X8gdRQBpUMLUo" + "x" * 100
    run = codebuild.run(image_spec(), CODEBUILD_RESOLVED_SOURCE_VERSION=version)

    assert run.exported["IMAGE_TAG"] == version.replace("+", "-").replace("/", "-")[:128]


@pytest.mark.parametrize(("version", "tag"), [(".FLQEZscLIcfxSq", "v.FLQEZscLIcfxSq"), ("-x", "v-x"), ("/x.", "v-x.")])
def test_a_version_whose_beginning_ecr_refuses_gets_a_letter(codebuild: CodeBuild, version: str, tag: str):
    assert codebuild.run(image_spec(), CODEBUILD_RESOLVED_SOURCE_VERSION=version).exported["IMAGE_TAG"] == tag


@pytest.mark.parametrize("command", ["false", "echo first && exit 3", "pytest-is-not-installed"])
def test_after_failed_unit_tests_nothing_is_built(codebuild: CodeBuild, command: str):
    run = codebuild.run(image_spec(unit_test_command=command))

    assert not run.succeeded
    assert run.of("docker", "build") == []
    assert run.exported == {}


def test_a_unit_test_command_may_have_quotes_and_lines(codebuild: CodeBuild):
    command = "echo 'it''s \"quoted\" $HOME' > tested\necho second >> tested"
    run = codebuild.run(image_spec(unit_test_command=command))

    assert run.succeeded, run.output
    assert (codebuild.source / "service" / "tested").read_text() == 'its "quoted" $HOME\nsecond\n'


@pytest.mark.parametrize(
    "behaviour",
    [
        'case "$(basename "$0") $*" in "docker login"*) cat > /dev/null; exit 1 ;; esac',
        'case "$*" in "ecr describe-images"*) echo "An error occurred (AccessDeniedException)" >&2; exit 254 ;; esac',
    ],
    ids=["login", "describe-images"],
)
def test_without_access_to_the_registry_nothing_is_built(codebuild: CodeBuild, behaviour: str):
    run = codebuild.run(image_spec(), behaviour=behaviour)

    assert not run.succeeded
    assert run.of("docker", "build") == []


def test_why_the_registry_refused_is_shown(codebuild: CodeBuild):
    refuse = 'case "$*" in "ecr describe-images"*) echo "(AccessDeniedException) not yours" >&2; exit 254 ;; esac'

    assert "(AccessDeniedException) not yours" in codebuild.run(image_spec(), behaviour=refuse).output


@pytest.mark.parametrize("failing", ["build", f"push --quiet {REPOSITORY_URL}"])
def test_a_failed_build_reports_no_image(codebuild: CodeBuild, failing: str):
    run = codebuild.run(image_spec(), behaviour=f'case "$*" in "{failing}"*) exit 1 ;; esac')

    assert not run.succeeded
    assert run.exported == {}
    assert not (codebuild.source / "imagedefinitions.json").exists()


@pytest.mark.parametrize("failing", [f"pull --quiet {CACHE_URL}", f"push --quiet {CACHE_URL}"])
def test_a_cache_that_is_not_to_be_had_fails_no_build(codebuild: CodeBuild, failing: str):
    run = codebuild.run(image_spec(), behaviour=f'case "$*" in "{failing}"*) exit 1 ;; esac')

    assert run.succeeded, run.output
    assert run.exported["IMAGE"] == f"{REPOSITORY_URL}@{DIGEST}"


def test_arguments_secrets_and_stage_reach_docker_and_values_never_the_shell(codebuild: CodeBuild):
    secret = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:pip-a1b2c3:index_url"
    options = BuildOptions({"NAME": "$(touch hacked) it's"}, {"pip": secret}, "runtime", uses_cache=True)
    spec = image_spec(options=options)
    run = codebuild.run(spec, BUILD_SECRET_0="the secret itself")

    assert run.succeeded, run.output
    [build] = run.of("docker", "build")
    assert build[-7:] == [
        *("--build-arg", "NAME=$(touch hacked) it's"),
        *("--secret", "id=pip,env=BUILD_SECRET_0"),
        *("--target", "runtime"),
        "service",
    ]
    assert spec["env"]["secrets-manager"] == {"BUILD_SECRET_0": secret}
    assert "the secret itself" not in json.dumps([spec, run.calls])
    assert not (codebuild.source / "hacked").exists()


def test_without_a_cache_everything_is_built_anew_and_none_is_kept(codebuild: CodeBuild):
    run = codebuild.run(image_spec(options=BuildOptions({}, {}, None, uses_cache=False)))

    assert run.succeeded, run.output
    assert run.of("docker", "pull") == []
    [build], pushes = run.of("docker", "build"), run.of("docker", "push")
    assert {"--no-cache", "--pull"} <= set(build)
    assert "--cache-from" not in build
    assert pushes == [["docker", "push", "--quiet", f"{REPOSITORY_URL}:{COMMIT}"]]


def test_no_image_of_anybody_else_builds():
    commands = json.dumps(image_spec())

    assert "buildx" not in commands
    assert "public.ecr.aws" not in commands


IMAGE = f"{REPOSITORY_URL}@{DIGEST}"
DEPLOYMENT = {
    "IMAGE": IMAGE,
    "STACK": "example/worker-service/prod",
    "TARGET_REGION": "eu-west-1",
    "DEPLOY_ROLE_ARN": "arn:aws:iam::333344445555:role/worker-deploy",
    "DEPLOYED_TAG_PREFIX": "deployed.prod.",
    "PULUMI_BACKEND_URL": "https://api.pulumi.com",
    "PULUMI_VERSION": "3.0.0",
    "PULUMI_SHA512": "",
    "SECRETS_PROVIDER": "default",
}


def deploy_spec(test_command: str | None = None) -> Any:
    return deploy_buildspec(program_dir="program", secrets={}, test_command=test_command)


def test_a_deployment_marks_the_image_and_runs_pulumi_up_with_it(codebuild: CodeBuild):
    run = codebuild.run(deploy_spec(), **DEPLOYMENT)

    assert run.succeeded, run.output
    stack = ["--stack", "example/worker-service/prod"]
    repository = ["--repository-name", "orders-repository"]
    manifest = ["--query", "images[0].imageManifest", "--output", "text"]
    assert run.of("pulumi") + run.of("aws") == [
        ["pulumi", "install"],
        ["pulumi", "stack", "select", "--create", *stack, "--secrets-provider", "default"],
        [
            *("pulumi", "up", *stack, "--yes", "--non-interactive", "--skip-preview", "--config-path"),
            *("--config", f"image={IMAGE}", "--config", "aws:region=eu-west-1"),
            *("--config", f"aws:assumeRoles[0].roleArn={DEPLOYMENT['DEPLOY_ROLE_ARN']}"),
        ],
        ["aws", "ecr", "batch-get-image", *repository, "--image-ids", f"imageDigest={DIGEST}", *manifest],
        [
            *("aws", "ecr", "put-image", *repository, "--image-digest", DIGEST),
            *("--image-manifest", '{"layers": []}', "--image-tag", f"deployed.prod.{BUILD_UUID}"),
        ],
    ]


def test_without_pulumi_nothing_is_deployed(codebuild: CodeBuild):
    run = codebuild.run(deploy_spec(), behaviour='case "$(basename "$0")" in curl) exit 22 ;; esac', **DEPLOYMENT)

    assert not run.succeeded
    assert run.of("pulumi") == []


def test_pulumi_is_fetched_without_the_secrets(codebuild: CodeBuild):
    secrets = {"PULUMI_ACCESS_TOKEN": "token", "PULUMI_CONFIG_PASSPHRASE": "passphrase"}
    run = codebuild.run(deploy_spec(), **DEPLOYMENT, **secrets)

    assert run.succeeded, run.output
    fetched_with = (codebuild.root / "fetched-with").read_text()
    assert "PULUMI_VERSION=3.0.0" in fetched_with
    assert not {"PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG_PASSPHRASE"} & {
        line.split("=")[0] for line in fetched_with.splitlines()
    }


def test_the_checksum_that_is_given_decides_and_no_list_is_asked(codebuild: CodeBuild):
    archive = codebuild.root / "releases" / "pulumi-v3.0.0-linux-x64.tar.gz"
    given = {**DEPLOYMENT, "PULUMI_SHA512": hashlib.sha512(archive.read_bytes()).hexdigest()}

    run = codebuild.run(deploy_spec(), **given)
    assert run.succeeded, run.output
    assert [call[-1].rsplit("/", 1)[-1] for call in run.of("curl")] == [archive.name]
    wrong = codebuild.run(deploy_spec(), **{**given, "PULUMI_SHA512": "0" * 128})
    assert not wrong.succeeded
    assert wrong.of("pulumi") == []


@pytest.mark.parametrize("listed", ["", "0" * 128 + "  pulumi-v3.0.0-linux-x64.tar.gz\n"], ids=["absent", "another"])
def test_an_archive_that_is_not_what_the_release_lists_is_not_run(codebuild: CodeBuild, listed: str):
    (codebuild.root / "releases" / "SHA512SUMS").write_text(listed)
    run = codebuild.run(deploy_spec(), **DEPLOYMENT)

    assert not run.succeeded
    assert run.of("pulumi") == []


def test_the_image_is_marked_before_it_runs(codebuild: CodeBuild):
    run = codebuild.run(deploy_spec(), **DEPLOYMENT)

    assert run.calls.index(run.of("aws", "ecr", "put-image")[0]) < run.calls.index(run.of("pulumi", "up")[0])


def test_the_targets_tests_run_in_the_programs_folder_with_the_stacks_outputs(codebuild: CodeBuild):
    run = codebuild.run(deploy_spec("grep -q queue_url stack-outputs.json && pwd > tested"), **DEPLOYMENT)

    assert run.succeeded, run.output
    assert (codebuild.source / "program" / "tested").read_text().strip() == str(codebuild.source / "program")


def test_failed_tests_of_the_target_fail_the_deployment(codebuild: CodeBuild):
    assert not codebuild.run(deploy_spec("exit 1"), **DEPLOYMENT).succeeded


def test_after_a_failed_pulumi_up_no_tests_run(codebuild: CodeBuild):
    run = codebuild.run(deploy_spec("touch tested"), behaviour='case "$*" in "up "*) exit 255 ;; esac', **DEPLOYMENT)

    assert not run.succeeded
    assert not (codebuild.source / "program" / "tested").exists()


def test_an_image_that_cannot_be_marked_is_not_deployed(codebuild: CodeBuild):
    run = codebuild.run(deploy_spec(), behaviour='case "$*" in "ecr put-image"*) exit 1 ;; esac', **DEPLOYMENT)

    assert not run.succeeded
    assert run.of("pulumi", "up") == []


def test_an_image_that_ecs_deploys_is_marked_by_its_digest(codebuild: CodeBuild):
    run = codebuild.run(mark_buildspec(), IMAGE=IMAGE, DEPLOYED_TAG_PREFIX="deployed.edge.")

    assert run.succeeded, run.output
    repository = ["--repository-name", "orders-repository"]
    assert run.calls == [
        [
            *("aws", "ecr", "batch-get-image", *repository, "--image-ids", f"imageDigest={DIGEST}"),
            *("--query", "images[0].imageManifest", "--output", "text"),
        ],
        [
            *("aws", "ecr", "put-image", *repository, "--image-digest", DIGEST),
            *("--image-manifest", '{"layers": []}', "--image-tag", f"deployed.edge.{BUILD_UUID}"),
        ],
    ]


@pytest.mark.parametrize("failing", ["ecr batch-get-image", "ecr put-image"])
def test_an_image_that_cannot_be_marked_does_not_reach_ecs(codebuild: CodeBuild, failing: str):
    behaviour = f'case "$*" in "{failing}"*) exit 1 ;; esac'

    assert not codebuild.run(mark_buildspec(), behaviour=behaviour, IMAGE=IMAGE, DEPLOYED_TAG_PREFIX="d.").succeeded


def test_secrets_come_from_secrets_manager_and_stand_nowhere_in_the_commands():
    spec = deploy_buildspec(program_dir=".", secrets={"PULUMI_ACCESS_TOKEN": "arn:secret"}, test_command=None)

    assert spec["env"]["secrets-manager"] == {"PULUMI_ACCESS_TOKEN": "arn:secret"}
    assert "arn:secret" not in json.dumps(spec["phases"])
    assert "secrets-manager" not in deploy_spec()["env"]


def test_a_deployment_runs_on_a_python_that_does_not_change_by_itself():
    assert deploy_spec()["phases"]["install"]["runtime-versions"] == {"python": "3.13"}


def test_a_buildspec_is_json_and_its_version_is_what_codebuild_knows():
    assert json.loads(json.dumps(image_spec()))["version"] == 0.2
