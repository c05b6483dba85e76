"""What an ARN and an image tell."""

import pytest

from worker_service.inputs.arns import Place, ecr_repository_arn, is_bad_ecr_image, last_segment, place_of


def test_an_arn_tells_partition_region_and_account():
    assert place_of("arn:aws-us-gov:logs:us-gov-west-1:111122223333:log-group:a:b") == Place(
        "aws-us-gov", "us-gov-west-1", "111122223333"
    )


def test_a_clusters_name_is_its_arns_last_segment():
    assert last_segment("arn:aws:ecs:eu-west-1:111122223333:cluster/workers") == "workers"


@pytest.mark.parametrize(
    ("image", "arn"),
    [
        ("111122223333.dkr.ecr.eu-west-1.amazonaws.com/worker", "aws:ecr:eu-west-1:111122223333:repository/worker"),
        ("111122223333.dkr.ecr.eu-west-1.amazonaws.com/worker:7", "aws:ecr:eu-west-1:111122223333:repository/worker"),
        (
            "111122223333.dkr.ecr.eu-west-1.amazonaws.com/a/b:7@sha256:00",
            "aws:ecr:eu-west-1:111122223333:repository/a/b",
        ),
        (
            "111122223333.dkr.ecr-fips.us-east-1.amazonaws.com/worker",
            "aws:ecr:us-east-1:111122223333:repository/worker",
        ),
        ("111122223333.dkr-ecr.eu-west-1.on.aws/worker:7", "aws:ecr:eu-west-1:111122223333:repository/worker"),
        (
            "111122223333.dkr.ecr.us-gov-west-1.amazonaws.com/w",
            "aws-us-gov:ecr:us-gov-west-1:111122223333:repository/w",
        ),
        ("111122223333.dkr.ecr.eusc-de-east-1.amazonaws.eu/w", "aws-eusc:ecr:eusc-de-east-1:111122223333:repository/w"),
        ("111122223333.dkr.ecr.us-iso-east-1.c2s.ic.gov/w", "aws-iso:ecr:us-iso-east-1:111122223333:repository/w"),
        (
            "111122223333.dkr.ecr.us-isob-east-1.sc2s.sgov.gov/w",
            "aws-iso-b:ecr:us-isob-east-1:111122223333:repository/w",
        ),
        (
            "111122223333.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn/w",
            "aws-cn:ecr:cn-north-1:111122223333:repository/w",
        ),
        (
            "111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/worker",
            "aws-cn:ecr:cn-north-1:111122223333:repository/worker",
        ),
    ],
)
def test_an_ecr_image_names_its_repository(image: str, arn: str):
    assert ecr_repository_arn(image) == f"arn:{arn}"
    assert not is_bad_ecr_image(image)


@pytest.mark.parametrize(
    "image",
    [
        "worker",
        "docker.io/library/worker:1",
        "public.ecr.aws/docker/library/python:3.13",
        "evil.com/1.dkr.ecr.x/worker",
    ],
)
def test_other_registries_have_no_repository_arn(image: str):
    assert ecr_repository_arn(image) is None
    assert not is_bad_ecr_image(image)


@pytest.mark.parametrize("repository", ["Worker", "a/Worker:7", "a--b", "-a", "a/", ""])
def test_a_repository_that_ecr_cannot_have_is_found(repository: str):
    image = f"111122223333.dkr.ecr.eu-west-1.amazonaws.com/{repository}"

    assert is_bad_ecr_image(image)
    assert ecr_repository_arn(image) is None
