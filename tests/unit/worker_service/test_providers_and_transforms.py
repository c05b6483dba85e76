"""Two providers in one program, and transforms: what the caller's options say reaches everything that is made."""

from __future__ import annotations

import json

import pulumi
import pulumi_aws as aws
import pytest

from tests.support.deploy import Deployment, deploy, remembered
from tests.support.everything import everything

ROLE = "arn:aws:iam::444455556666:role/deploy"
IMAGE_BUILD = "pulumi-python:dynamic/workers:ImageBuild"


@remembered
def with_two_providers() -> Deployment:
    def build() -> None:
        ireland = aws.Provider("ireland", region="eu-west-1")
        virginia = aws.Provider("virginia", region="us-east-1", assume_roles=[{"role_arn": ROLE}], access_key="AKIA")
        everything("ireland", pulumi.ResourceOptions(provider=ireland))
        everything("virginia", pulumi.ResourceOptions(provider=virginia))

    return deploy(build)


@pytest.fixture
def in_two_places(service_folder: None) -> Deployment:
    return with_two_providers()


def test_every_child_is_made_by_the_components_own_provider(in_two_places: Deployment):
    made = [r for r in in_two_places.resources if r.type.startswith(("aws:", "awsx:"))]

    assert len(made) > 150
    assert [r.urn for r in made if f"::{r.name.split('-')[0]}::" not in r.provider] == []


def test_what_is_asked_of_aws_is_asked_of_the_components_own_provider(in_two_places: Deployment):
    asked = {(call.token.rsplit(":", 1)[-1], call.provider.split("::")[-2]) for call in in_two_places.calls}

    assert asked == {
        (function, place)
        for function in ("getRouteTables", "getVpcEndpointService")
        for place in ("ireland", "virginia")
    }


def test_the_image_build_acts_as_the_components_own_provider(in_two_places: Deployment):
    ireland, virginia = in_two_places.all(IMAGE_BUILD)

    assert ireland.inputs["provider_settings"] == {"region": "eu-west-1"}
    assert virginia.inputs["provider_settings"] == {
        "region": "us-east-1",
        "accessKey": "AKIA",
        "assumeRoles": json.dumps([{"role_arn": ROLE}]),
    }
    assert ("provider_settings" in ireland.secret_inputs, "provider_settings" in virginia.secret_inputs) == (
        False,
        True,
    )


def test_a_transform_of_a_component_reaches_every_child(service_folder: None):
    def mark(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult:
        return pulumi.ResourceTransformResult({**args.props, "marked": True}, args.opts)

    deployment = deploy(lambda: everything("ireland", pulumi.ResourceOptions(transforms=[mark])))

    assert len(deployment.resources) > 100
    assert [r.urn for r in deployment.resources if r.inputs.get("marked") is not True] == []
