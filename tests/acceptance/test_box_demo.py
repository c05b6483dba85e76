"""`python -m local demo`: the whole stack on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.box import add_stack, copy_checkout, processes_in, run_box


def test_demo_processes_the_good_orders_and_dead_letters_the_malformed_ones(tmp_path: Path) -> None:
    checkout = copy_checkout(tmp_path)

    result = run_box(checkout, "demo")

    assert result.returncode == 0, result.stdout + result.stderr
    assert "50 orders published, 3 of them malformed." in result.stdout
    assert "47 orders processed, 3 in the dead-letter queue: all as it must be." in result.stdout
    for reason in ("customer must be text", "currency must be three capital letters", "lines must be a list"):
        assert reason in result.stdout
    assert "worker-task-definition                aws.ecs.TaskDefinition" in result.stdout
    assert "pipeline-repository" not in result.stdout
    assert "and 18 resources of the pipeline, which builds images on AWS alone" in result.stdout
    assert "denied:" not in result.stdout
    assert result.stderr == ""
    assert processes_in(checkout) == []
    assert not (checkout / ".box" / "box.json").exists()


@pytest.mark.slow
def test_an_image_from_elsewhere_is_stood_for_by_the_folder_that_is_named(tmp_path: Path) -> None:
    checkout = copy_checkout(tmp_path)
    add_stack(checkout, "image", {"source": '""', "service_dir": "ecs-worker", "image": "example/worker:1"})

    unnamed = run_box(checkout, "demo", "--stack", "image")
    named = run_box(checkout, "demo", "--stack", "image", "--service", "worker")

    assert unnamed.returncode == 2
    assert "worker: runs the image example/worker:1, which is not built by the program" in unnamed.stderr
    assert named.returncode == 0, named.stdout + named.stderr
    assert f"worker: 1 worker runs the code in {checkout}/worker in place of an image" in named.stdout


@pytest.mark.slow
def test_demo_says_why_a_worker_crashed_and_fails(tmp_path: Path) -> None:
    checkout = copy_checkout(tmp_path)
    add_stack(checkout, "crash", {"handler": "handlers.orders.missing"})

    result = run_box(checkout, "demo", "--stack", "crash")

    assert result.returncode == 1
    assert "worker 1 ended with exit code 2; its last lines:" in result.stdout
    assert "The worker cannot start: 1 problem." in result.stdout
    assert "Traceback" not in result.stdout + result.stderr
    assert processes_in(checkout) == []


@pytest.mark.slow
def test_a_bad_stack_is_refused_with_every_problem_and_leaves_nothing(tmp_path: Path) -> None:
    checkout = copy_checkout(tmp_path)
    bad = {"task_size": "huge", "desired_count": "-1", "image": "x" * 201, "max_cuont": "3"}
    add_stack(checkout, "bad", bad)

    result = run_box(checkout, "demo", "--stack", "bad")

    assert result.returncode == 2
    assert "the config of stack bad has 4 problem(s):" in result.stderr
    for key in bad:
        assert f"{key}" in result.stderr
    assert "Traceback" not in result.stdout + result.stderr
    assert "Loading the emulator" not in result.stdout, "it was told before what takes longest"
    assert processes_in(checkout) == []
    assert not (checkout / ".box" / "box.json").exists()
