"""Two explicit providers and a transform in one program, under the real engine: they reach every child."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.build_cloud import build_cloud
from tests.support.engine import copy_source, engine, needs_pulumi, use_the_tests_environment

pytestmark = [needs_pulumi, pytest.mark.slow]

PROGRAM = '''
import pulumi
import pulumi_aws as aws

from worker_service import Environment, PipelineComponent, PipelineSource, WorkerService


def named(args):
    """Give everything that takes tags the owner's."""
    tags = {**(args.props.get("tags") or {}), "owner": "shop"} if "tags" in args.props else None
    protect = pulumi.ResourceOptions(protect=False) if args.type_ == "aws:sqs/queue:Queue" else pulumi.ResourceOptions()
    return pulumi.ResourceTransformResult(
        {**args.props, **({"tags": tags} if tags else {})}, pulumi.ResourceOptions.merge(args.opts, protect)
    )


def opts(name, **settings):
    provider = aws.Provider(name, region="eu-west-1", **settings)
    return pulumi.ResourceOptions(provider=provider, transforms=[named])


tools, shop = opts("tools"), opts("shop", assume_roles=[{"role_arn": "arn:aws:iam::444455556666:role/deploy"}])
tags = {"team": "orders"}
built = {"source": PipelineSource.DIRECTORY, "service_dir": "service", "tags": tags}
pipeline = PipelineComponent("pipeline", built, tools)
environment = Environment("environment", {"tags": tags}, shop)
WorkerService(
    "orders",
    {
        "cluster_arn": environment.cluster_arn,
        "vpc_id": environment.vpc_id,
        "subnet_ids": environment.private_subnet_ids,
        "image": pipeline.image,
        "tags": tags,
    },
    shop,
)
'''


def program(directory: Path) -> Path:
    folder = directory / "program"
    (folder / "service").mkdir(parents=True)
    (folder / "service" / "Dockerfile").write_text("FROM scratch\n")
    copy_source("components", folder)
    (folder / "__main__.py").write_text(PROGRAM)
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: {name: python, options: {virtualenv: .venv}}\n")
    # The stack's own settings, which nothing here is to follow.
    (folder / "Pulumi.dev.yaml").write_text("config: {aws:region: ap-south-1, aws:profile: absent}\n")
    use_the_tests_environment(folder)
    return folder


def test_providers_and_transforms_reach_every_child_and_the_image_build(tmp_path: Path) -> None:
    with build_cloud() as cloud, engine(tmp_path, cloud.environment()) as running:
        cloud.prepare_stack()
        stack = running.new_stack(program(tmp_path), "dev")
        up = stack.up()
        assert up.exit_code == 0, up.output
        assert len(cloud.started) == 1

        deployment = json.loads(stack.command("stack", "export").output)["deployment"]
        made = [resource for resource in deployment["resources"] if resource["type"].startswith("aws:")]
        of_pipeline = {r["urn"] for r in made if "PipelineComponent" in r["urn"]}
        assert len(made) > 40
        assert of_pipeline
        for resource in made:
            provider = "tools" if resource["urn"] in of_pipeline else "shop"
            assert resource["provider"].split("::")[-2] == provider, resource["urn"]
        tagged = [resource["inputs"]["tags"] for resource in made if "tags" in resource["inputs"]]
        assert len(tagged) > 20
        assert all(tags == {"team": "orders", "owner": "shop"} for tags in tagged)
        queues = [resource for resource in made if resource["type"] == "aws:sqs/queue:Queue"]
        assert [queue.get("protect") for queue in queues] == [None, None]
        again = stack.up("--expect-no-changes")
        assert again.exit_code == 0, again.output
