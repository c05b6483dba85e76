"""examples/yaml/ in a copy beside the components, for the real engine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.engine import Stack, copy_source, engine, use_the_tests_environment

#: A YAML host that is older than the CLI starts the Python host with a flag that this one no longer knows.
#: The hosts that come with one CLI agree; here the flag is dropped.
_PYTHON_HOST = """\
#!/bin/sh
for engine_address; do :; done
exec "{real}" "$engine_address"
"""


@contextmanager
def yaml_example(directory: Path) -> Iterator[Stack]:
    """The example's dev stack, which has not been deployed."""
    program = directory / "examples" / "yaml"
    copy_source("examples/yaml", directory)
    copy_source("components", directory)
    use_the_tests_environment(directory / "components")
    with engine(directory, {"PATH": f"{_python_host(directory)}:{os.environ['PATH']}"}) as running:
        yield running.new_stack(program, "dev")


def _python_host(directory: Path) -> Path:
    real = shutil.which("pulumi-language-python")
    folder = directory / "bin"
    folder.mkdir()
    (folder / "pulumi-language-python").write_text(_PYTHON_HOST.format(real=real))
    (folder / "pulumi-language-python").chmod(0o755)
    return folder
