"""`python -m simulate`."""

from simulate.cli import app

app(prog_name="python -m simulate")
