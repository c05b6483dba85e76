"""`python -m local`: the cloud in a box."""

from local.cli import app

app(prog_name="python -m local")
