"""`python -m local`: the cloud in a box."""

import sys

try:
    from local.cli import app
except KeyboardInterrupt:
    # Loading takes a second, and nothing is there yet that would have to be stopped.
    sys.exit(130)

app(prog_name="python -m local")
