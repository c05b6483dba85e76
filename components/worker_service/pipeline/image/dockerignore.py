"""What `.dockerignore` leaves out of a build context, by Docker's own rules.

They are not Git's: a pattern without a slash is meant at the root alone, and of all lines that match, the last decides.
No kept library has them: docker-py's and pathspec's answers differ from Docker's in cases of the tests' table.
https://docs.docker.com/build/concepts/context/#dockerignore-files
"""

import posixpath
import re
from collections.abc import Iterable

#: What tools leave beside the source, wherever it lies: it changes though nobody changed the service, or is this
#: machine's own. A line such as `!**/.git` brings it back, for a Dockerfile that needs it.
ALWAYS_IGNORED = (
    "**/.git",
    "**/.venv",
    "**/__pycache__",
    "**/.pytest_cache",
    "**/.ruff_cache",
    "**/.mypy_cache",
    "**/*.egg-info",
    "**/.DS_Store",
)

# A set of characters ends at the first bracket that is not escaped; Docker refuses an empty one.
_PART = re.compile(r"\*\*/?|\*|\?|\[\^?(?:\\.|[^\]\\])+\]|\\.|.", re.DOTALL)


class DockerIgnore:
    """The lines of one ignore file, after those that are always there."""

    def __init__(self, text: str) -> None:
        """Raises ValueError with a sentence for each line that Docker would refuse."""
        # Not splitlines(): a form feed or U+2028 ends no line of Go's, and may be part of a name.
        lines = list(enumerate(text.removeprefix("\ufeff").split("\n"), start=1))
        own = [(number, line.strip()) for number, line in lines if line.strip() and not line.startswith("#")]
        problems = [f"line {number}: {line!r} is not a pattern" for number, line in own if not _is_pattern(line)]
        if problems:
            raise ValueError("; ".join(problems))
        self._rules = [_rule(line) for line in (*ALWAYS_IGNORED, *(line for _, line in own))]
        self.has_exceptions = any(not ignores for ignores, _ in self._rules)
        """Whether something below an ignored folder may be a part of the context all the same."""

    def ignores(self, path: str) -> bool:
        """Whether the file or folder is left out; `path` is relative to the context, with slashes."""
        return next((ignores for ignores, pattern in reversed(self._rules) if pattern.fullmatch(path)), False)


def _rule(line: str) -> tuple[bool, re.Pattern[str]]:
    """Whether the line ignores, rather than excepts, and what it matches."""
    pattern = line.removeprefix("!").strip()
    cleaned = posixpath.normpath(pattern).lstrip("/")
    # What matches a folder matches everything in it.
    return not line.startswith("!"), re.compile("".join(_regexes(_PART.findall(cleaned))) + "(?:/.*)?", re.DOTALL)


def _regexes(parts: list[str]) -> Iterable[str]:
    wild = [part for part in parts[1:] if part in ("*", "?") or len(part) > 1]
    for i, part in enumerate(parts):
        if part == "**" and (i == len(parts) - 1 or (i == 0 and not wild)):
            yield ".*"
        elif part.startswith("**"):
            yield "(?:.*/)?"
        elif part == "*":
            yield "[^/]*"
        elif part == "?":
            yield "[^/]"
        elif part.startswith("["):
            yield part
        else:
            yield re.escape(part[-1])


def _is_pattern(line: str) -> bool:
    pattern = line.removeprefix("!").strip()
    if not pattern or "[" in _PART.findall(pattern):
        return False
    try:
        _rule(line)
    except re.error:
        return False
    return True
