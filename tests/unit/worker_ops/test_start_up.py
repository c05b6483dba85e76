"""A command loads what it needs, so that it begins at once."""

from __future__ import annotations

import json
import subprocess
import sys

#: A command that is refused when everything is loaded and nothing was asked yet.
REFUSED = ["dead-letters", "list", "--older-than", "soon", "--queue", "http://127.0.0.1:9/1/q"]
PROGRAM = """
import json, sys
from worker_ops.cli import main
try:
    main()
finally:
    print(json.dumps(sorted(sys.modules)))
"""
#: Libraries of other commands, of tables, and of the programs beside this one.
OF_OTHERS = {"boto3", "numpy", "pulumi", "rich", "starlette", "uvicorn", "worker_simulate", "yaml"}


def test_before_its_first_call_a_command_has_loaded_nothing_of_others() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM, *REFUSED], capture_output=True, text=True, check=False)

    loaded = set(json.loads(done.stdout))
    commands = {name.removeprefix("worker_ops.commands.") for name in loaded if name.startswith("worker_ops.commands.")}
    assert done.stderr.startswith("--older-than: 'soon' is not a span of time")
    assert commands == {"cut_off", "dead_letters", "editing", "letters_told", "redriving"}
    assert loaded & OF_OTHERS == set()
