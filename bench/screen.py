"""The terminal."""

import sys

from rich.console import Console

#: Wide enough for the tables where nobody's window says how wide.
console = Console(width=None if sys.stdout.isatty() else 120)
