"""The build that `pulumi up` runs, against the emulator: how it can go, and what the next run makes of it."""

from __future__ import annotations

import io
import json
import re
import sys
import traceback
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest
from botocore.exceptions import ClientError, ProfileNotFound
from pulumi.dynamic import Config, ConfigureRequest

from tests.support.build_cloud import ACCOUNT, REGION, BuildCloud, build_cloud
from tests.support.emulator import policy
from worker_service.inputs.aws_values import Architecture
from worker_service.pipeline.codebuild.image_buildspec import CONTEXT_TAR
from worker_service.pipeline.image import build_run, image_build
from worker_service.pipeline.image.build_context import BuildContext
from worker_service.pipeline.image.build_run import BuildFailedError
from worker_service.pipeline.image.context_archive import write_archive
from worker_service.pipeline.image.image_build import ImageBuildProvider

pytestmark = pytest.mark.slow

FRAMES = 1000
REPOSITORY_URL = f"123456789012.dkr.ecr.{REGION}.amazonaws.com/orders"


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[BuildCloud]:
    monkeypatch.setattr(build_run, "POLL_SECONDS", 0.001)
    monkeypatch.setattr(build_run, "RESTART_SECONDS", 0.001)
    # A failed build shortens the tracebacks of its process; this puts them back after each test.
    monkeypatch.setattr(sys, "tracebacklimit", FRAMES, raising=False)
    (tmp_path / "service").mkdir()
    (tmp_path / "service" / "Dockerfile").write_text("FROM scratch\n")
    monkeypatch.chdir(tmp_path)
    with build_cloud() as cloud:
        for name, value in cloud.environment().items():
            monkeypatch.setenv(name, value)
        cloud.prepare(project="build", repository="orders", bucket="artifacts")
        yield cloud


def inputs(**changed: Any) -> dict[str, Any]:
    """What the component hands to the resource; numbers are floats, as the engine sends them."""
    tag = BuildContext("service", dockerfile="Dockerfile").tag(Architecture.X86_64)
    return {
        "service_dir": "service",
        "dockerfile": "Dockerfile",
        "architecture": "X86_64",
        "image_tag": tag,
        "region": REGION,
        "project_name": "build",
        "repository_url": REPOSITORY_URL,
        "bucket_name": "artifacts",
        "timeout_minutes": 90.0,
        **changed,
    }


def provider(config: dict[str, Any] | None = None) -> ImageBuildProvider:
    made = ImageBuildProvider()
    made.configure(ConfigureRequest(Config(config or {}, "worker-service")))
    return made


def test_a_new_folder_is_uploaded_and_built(cloud: BuildCloud, capsys: pytest.CaptureFixture[str]) -> None:
    props = inputs()
    created = provider().create(dict(props))

    tag = props["image_tag"]
    assert created.id == tag
    assert created.outs is not None
    mark = created.outs["deployed_tag"]
    assert re.fullmatch(r"deployed\.up\.[0-9a-f]{16}", mark)
    assert created.outs == {**props, "image": f"{REPOSITORY_URL}@{cloud.digest(tag)}", "deployed_tag": mark}
    assert cloud.images() == [[tag, mark]]
    [start] = cloud.started
    assert start == {
        "projectName": "build",
        "sourceTypeOverride": "S3",
        "sourceLocationOverride": f"artifacts/build-context/{tag}.zip",
        "environmentVariablesOverride": [{"name": "IMAGE_TAG", "value": tag, "type": "PLAINTEXT"}],
    }
    uploaded = cloud.aws.client("s3").get_object(Bucket="artifacts", Key=f"build-context/{tag}.zip")["Body"].read()
    assert zipfile.ZipFile(io.BytesIO(uploaded)).namelist() == [CONTEXT_TAR]
    uploading, *phases = capsys.readouterr().err.splitlines()
    assert uploading.endswith("uploading service: 1 file, 13 bytes; nothing left out")
    assert [line.rsplit(" ", 1)[-1] for line in phases] == ["QUEUED", "BUILD", "COMPLETED"]


def test_an_image_that_the_repository_has_is_not_built(cloud: BuildCloud) -> None:
    props = inputs()
    cloud.push(props["image_tag"])

    created = provider().create(dict(props))

    assert created.outs is not None
    assert created.outs["image"] == f"{REPOSITORY_URL}@{cloud.digest(props['image_tag'])}"
    assert cloud.started == []
    assert "Contents" not in cloud.aws.client("s3").list_objects_v2(Bucket="artifacts")


def test_a_failed_build_tells_the_phase_and_the_end_of_its_log(cloud: BuildCloud) -> None:
    cloud.status = "FAILED"
    cloud.log = tuple(f"line {number}" for number in range(1, 101))

    with pytest.raises(BuildFailedError) as failed:
        provider().create(inputs())

    lines = [line.strip() for line in str(failed.value).splitlines()]
    assert lines[0].endswith("ended as FAILED")
    assert lines[1] == "BUILD: exit status 1"
    assert lines[2:-2] == [f"line {number}" for number in range(61, 101)]
    assert lines[-2].startswith("its whole log: https://logs/build-")
    assert lines[-1] == "next: mend what the log shows, then run `pulumi up` again"


def test_a_failed_build_and_a_refusal_of_aws_are_told_without_a_traceback(
    cloud: BuildCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.status = "FAILED"
    assert told_by_pulumi(inputs()).startswith(
        "worker_service.pipeline.image.build_run.BuildFailedError: the image build build:"
    )

    monkeypatch.setattr(sys, "tracebacklimit", FRAMES)
    refusal = told_by_pulumi(inputs(repository_url=REPOSITORY_URL.replace("orders", "absent")))
    assert refusal.startswith("botocore.errorfactory.RepositoryNotFoundException: An error occurred")


def told_by_pulumi(props: dict[str, Any]) -> str:
    """What Pulumi's provider server answers: the exception as `traceback` formats it."""
    try:
        provider().create(props)
    except Exception:
        return traceback.format_exc()
    raise AssertionError("nothing failed")


def test_an_unexpected_error_keeps_its_traceback(cloud: BuildCloud) -> None:
    assert told_by_pulumi({}).startswith("Traceback (most recent call last):")


def test_an_image_that_was_replaced_loses_its_mark_and_stays(cloud: BuildCloud) -> None:
    first = provider().create(inputs())
    Path("service/added.py").write_text("")
    second = provider().create(inputs())
    assert first.outs is not None
    assert second.outs is not None

    provider().delete(first.id, first.outs)

    assert cloud.images() == [[first.id], [second.id, second.outs["deployed_tag"]]]


def test_the_same_image_deployed_again_has_a_mark_of_its_own(cloud: BuildCloud) -> None:
    first = provider().create(inputs())
    again = provider().create(inputs())
    assert first.outs is not None
    assert again.outs is not None

    provider().delete(first.id, first.outs)

    assert cloud.images() == [[again.id, again.outs["deployed_tag"]]]


def test_a_mark_that_is_gone_with_its_repository_is_no_trouble(cloud: BuildCloud) -> None:
    made = provider().create(inputs())
    assert made.outs is not None
    cloud.aws.client("ecr").delete_repository(repositoryName="orders", force=True)

    provider().delete(made.id, made.outs)


def test_after_a_failed_build_the_next_run_builds_again(cloud: BuildCloud) -> None:
    cloud.status = "FAILED"
    with pytest.raises(BuildFailedError):
        provider().create(inputs())
    cloud.status = "SUCCEEDED"

    assert provider().create(inputs()).id == inputs()["image_tag"]
    assert len(cloud.started) == 2


@pytest.mark.parametrize("status", ["TIMED_OUT", "STOPPED", "FAULT"])
def test_a_build_that_codebuild_ended_is_told_and_built_again(cloud: BuildCloud, status: str) -> None:
    cloud.status = status
    with pytest.raises(BuildFailedError, match=f"ended as {status}"):
        provider().create(inputs())
    cloud.status = "SUCCEEDED"

    provider().create(inputs())

    assert len(cloud.started) == 2


def test_an_interrupted_run_leaves_a_build_that_the_next_run_waits_for(
    cloud: BuildCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_seconds: float) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as interrupted:
        interrupted.setattr("time.sleep", interrupt)
        with pytest.raises(KeyboardInterrupt):
            provider().create(inputs())

    created = provider().create(inputs())

    assert created.outs is not None
    assert created.outs["image"].startswith(f"{REPOSITORY_URL}@sha256:")
    assert len(cloud.started) == 1


def test_a_run_that_waited_too_long_says_so_and_the_next_one_goes_on_waiting(cloud: BuildCloud) -> None:
    cloud.phases = ("QUEUED", "QUEUED", "BUILD", "COMPLETED")
    with pytest.raises(BuildFailedError, match=r"still runs after 0 minutes; run `pulumi up` again"):
        provider().create(inputs(timeout_minutes=0.0))

    provider().create(inputs())

    assert len(cloud.started) == 1


def test_a_running_build_of_other_content_is_not_waited_for(cloud: BuildCloud) -> None:
    cloud.phases = ("QUEUED",)
    with pytest.raises(BuildFailedError):
        provider().create(inputs(timeout_minutes=0.0))
    Path("service/Dockerfile").write_text("FROM scratch\nLABEL version=2\n")
    cloud.phases = ("COMPLETED",)

    provider().create(inputs())

    locations = [start["sourceLocationOverride"] for start in cloud.started]
    assert len(set(locations)) == 2


@pytest.mark.parametrize("phase", ["SUBMITTED", "PROVISIONING", "DOWNLOAD_SOURCE", "PRE_BUILD"])
def test_a_build_that_fails_before_its_first_command_is_started_again(
    cloud: BuildCloud, phase: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """IAM needs up to a minute until the policy of a new role holds everywhere."""
    cloud.status, cloud.failing_phase = "FAILED", phase

    with pytest.raises(BuildFailedError, match=f"{phase}: exit status 1"):
        provider().create(inputs())

    assert len(cloud.started) == 3
    assert capsys.readouterr().err.count("failed before its first command; starting it again in ") == 2


def test_a_build_that_succeeds_once_its_role_has_its_policy_yields_the_image(
    cloud: BuildCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.status, cloud.failing_phase = "FAILED", "DOWNLOAD_SOURCE"
    start = cloud.start

    def start_and_mend(parameters: dict[str, Any], build: dict[str, Any]) -> dict[str, Any]:
        cloud.status = "SUCCEEDED" if cloud.started else "FAILED"
        return start(parameters, build)

    monkeypatch.setattr(cloud, "start", start_and_mend)

    assert provider().create(inputs()).id == inputs()["image_tag"]
    assert len(cloud.started) == 2


@pytest.mark.parametrize("status", ["STOPPED", "TIMED_OUT"])
def test_a_build_that_somebody_ends_early_is_not_started_again(cloud: BuildCloud, status: str) -> None:
    cloud.status, cloud.failing_phase = status, "DOWNLOAD_SOURCE"

    with pytest.raises(BuildFailedError, match=f"ended as {status}"):
        provider().create(inputs())
    assert len(cloud.started) == 1


@pytest.mark.parametrize(("architecture", "machine"), [("X86_64", "Linux/Small"), ("ARM64", "ARM/Small")])
def test_an_account_that_may_run_no_build_is_told_which_quota_to_raise(
    cloud: BuildCloud, architecture: str, machine: str
) -> None:
    cloud.quota = 0
    tag = BuildContext("service", dockerfile="Dockerfile").tag(Architecture(architecture))

    with pytest.raises(BuildFailedError) as failed:
        provider().create(inputs(architecture=architecture, image_tag=tag))

    what, next_step = str(failed.value).splitlines()
    assert what == (
        "CodeBuild runs no build for this account yet: Cannot have more than 0 builds in queue for the account"
    )
    assert f"'Concurrently running builds for {machine} environment'" in next_step
    assert next_step.endswith("; then run `pulumi up` again")


def test_a_build_that_leaves_no_image_is_an_error(cloud: BuildCloud) -> None:
    cloud.pushes = False
    with pytest.raises(BuildFailedError, match=r"the build succeeded, but .* has no image"):
        provider().create(inputs())


def test_a_folder_that_changes_while_the_program_runs_is_an_error_and_builds_nothing(cloud: BuildCloud) -> None:
    props = inputs()
    Path("service/late.py").write_text("")

    with pytest.raises(BuildFailedError, match="service changed while `pulumi up` ran; run it again"):
        provider().create(props)
    assert cloud.started == []


@pytest.mark.parametrize("content", [b"print(2)", b"print(1)  # longer", b""])
def test_a_file_that_changes_while_it_is_packed_is_no_part_of_another_image(
    cloud: BuildCloud, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    changing = Path("service/changing.py")
    changing.write_bytes(b"print(1)")
    props = inputs(image_tag=BuildContext("service", dockerfile="Dockerfile").tag(Architecture.X86_64))

    def write(context: BuildContext, target: IO[bytes]) -> None:
        changing.write_bytes(content)
        write_archive(context, target)

    monkeypatch.setattr(image_build, "write_archive", write)

    with pytest.raises(BuildFailedError, match=r"service (changed while `pulumi up` ran|could not be packed: .*); run"):
        provider().create(props)
    assert cloud.started == []


def test_the_stacks_profile_is_used(cloud: BuildCloud) -> None:
    with pytest.raises(ProfileNotFound, match="absent"):
        provider({"aws:profile": "absent"}).create(inputs())


def test_an_image_from_before_there_were_marks_is_let_go_without_touching_any_other(cloud: BuildCloud) -> None:
    created = provider().create(inputs())
    assert created.outs is not None
    tags = cloud.images()
    unmarked = {key: value for key, value in created.outs.items() if key != "deployed_tag"}

    provider().delete("hash", unmarked)

    assert cloud.images() == tags
    provider().delete("hash", created.outs)
    assert cloud.images() == [[created.outs["image_tag"]]]


def test_the_roles_that_the_stack_assumes_one_by_the_other_make_the_build(cloud: BuildCloud) -> None:
    iam = cloud.aws.client("iam")
    account = f"arn:aws:iam::{ACCOUNT}"
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    may_assume = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
    for name, principal, condition in (
        ("first", f"{account}:root", {}),
        ("second", f"{account}:role/first", {"Condition": {"StringEquals": {"sts:ExternalId": "orders"}}}),
    ):
        document = policy({**trust, "Principal": {"AWS": principal}, **condition})
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)
    iam.put_role_policy(RoleName="first", PolicyName="p", PolicyDocument=policy(may_assume))
    roles = [
        {"roleArn": f"{account}:role/first"},
        {"roleArn": f"{account}:role/second", "externalId": "orders", "sessionName": "build", "duration": "1h"},
    ]
    config = {"aws:assumeRoles": json.dumps(roles)}

    # The second role may do nothing yet: whoever builds is it.
    with pytest.raises(ClientError, match="assumed-role/second/build"):
        provider(config).create(inputs())
    iam.put_role_policy(
        RoleName="second",
        PolicyName="p",
        PolicyDocument=policy({"Effect": "Allow", "Action": "*", "Resource": "*"}),
    )
    assert provider(config).create(inputs()).id == inputs()["image_tag"]


def test_an_explicit_providers_role_is_the_one_that_builds(cloud: BuildCloud) -> None:
    iam = cloud.aws.client("iam")
    account = f"arn:aws:iam::{ACCOUNT}"
    iam.create_role(
        RoleName="builder",
        AssumeRolePolicyDocument=policy({"Effect": "Allow", "Principal": {"AWS": f"{account}:root"}, "Action": "*"}),
    )
    # As a program in Python hands it over, its names as they were written.
    settings = {"region": REGION, "assumeRoles": json.dumps([{"role_arn": f"{account}:role/builder"}])}
    stacks = provider({"aws:profile": "absent"})

    with pytest.raises(ClientError, match="assumed-role/builder/pulumi-image-build"):
        stacks.create(inputs(provider_settings=settings))
    iam.put_role_policy(
        RoleName="builder",
        PolicyName="p",
        PolicyDocument=policy({"Effect": "Allow", "Action": "*", "Resource": "*"}),
    )
    assert stacks.create(inputs(provider_settings=settings)).id == inputs()["image_tag"]


def test_an_explicit_provider_that_cannot_be_followed_is_refused_at_a_preview() -> None:
    given = {"provider_settings": {"insecure": "true"}}
    [failure] = provider().check({}, given).failures

    assert (failure.property, failure.reason) == ("aws:insecure", "the image build cannot follow it")


def test_other_settings_of_an_explicit_provider_keep_the_image(cloud: BuildCloud) -> None:
    made = provider().create(inputs(provider_settings={"region": REGION}))
    assert made.outs is not None
    changed = inputs(provider_settings={"region": REGION, "assumeRoles": "[]"})
    found = provider().diff(made.id, made.outs, changed)
    updated = provider().update(made.id, made.outs, changed).outs

    assert (found.changes, found.replaces) == (True, [])
    assert updated is not None
    assert updated["provider_settings"] == changed["provider_settings"]
    assert (updated["image"], updated["deployed_tag"]) == (made.outs["image"], made.outs["deployed_tag"])


def test_an_image_that_was_deleted_from_the_repository_is_built_again(cloud: BuildCloud) -> None:
    made = provider().create(inputs())
    assert made.outs is not None
    assert provider().diff(made.id, made.outs, inputs()).changes is False

    cloud.aws.client("ecr").batch_delete_image(
        repositoryName="orders", imageIds=[{"imageDigest": cloud.digest(made.id)}]
    )
    missing = provider().diff(made.id, made.outs, inputs())

    assert (missing.changes, missing.replaces) == (True, ["image_tag"])
    again = provider().create(inputs())
    provider().delete(made.id, made.outs)
    assert again.outs is not None
    assert cloud.images() == [[again.id, again.outs["deployed_tag"]]]


def test_an_image_whose_repository_is_gone_is_not_there(cloud: BuildCloud) -> None:
    made = provider().create(inputs())
    assert made.outs is not None
    cloud.aws.client("ecr").delete_repository(repositoryName="orders", force=True)

    assert provider().diff(made.id, made.outs, inputs()).replaces == ["image_tag"]


def test_a_setting_that_the_build_cannot_follow_fails_a_preview(cloud: BuildCloud) -> None:
    checked = provider({"aws:httpsProxy": "http://proxy:3128"}).check({}, inputs())

    assert [(failure.property, failure.reason) for failure in checked.failures] == [
        ("aws:httpsProxy", "the image build cannot follow it; set HTTPS_PROXY in the environment instead")
    ]
