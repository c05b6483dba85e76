"""`python -m simulate`: `workers simulate`."""

from worker_simulate.cli import app

app(prog_name="python -m simulate")
