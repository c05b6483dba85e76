"""What `.dockerignore` leaves out: the rules and examples of Docker's documentation, and what Docker answers beyond."""

from __future__ import annotations

import pytest

from worker_service.pipeline.image.dockerignore import DockerIgnore

#: Lines of a file, what they leave out, and what they leave in.
CASES = [
    # Docker's documentation.
    ("# comment", "", "comment|# comment"),
    ("*/temp*", "somedir/temporary.txt|somedir/temp/x", "temp|a/b/temp"),
    ("*/*/temp*", "somedir/subdir/temporary.txt", "somedir/temp"),
    ("temp?", "tempa|tempb/x", "temp|tempab|a/tempa"),
    ("**/*.go", "main.go|cmd/main.go|a/b/c.go", "main.go2|go"),
    ("*.md\n!README.md", "a.md", "README.md|docs/a.md"),
    ("*.md\n!README*.md\nREADME-secret.md", "a.md|README-secret.md", "README.md|README-2.md"),
    ("*.md\nREADME-secret.md\n!README*.md", "a.md", "README.md|README-secret.md"),
    ("*\n!src\n!package.json", "a|b/c", "src|src/a/b|package.json"),
    ("/foo/bar", "foo/bar|foo/bar/baz", "a/foo/bar|foo/barn"),
    # A folder, all that is in it, and an exception below it.
    ("foo", "foo|foo/a/b", "a/foo|foobar"),
    ("foo/", "foo|foo/a", ""),
    ("./foo", "foo", ""),
    ("a/../foo", "foo", "a"),
    ("foo//bar", "foo/bar", "foo"),
    ("foo\n!foo/bar", "foo/a", "foo/bar|foo/bar/b"),
    ("foo/*\n!foo/bar", "foo/a", "foo|foo/bar"),
    ("node_modules", "node_modules/a/b.js", "web/node_modules/a"),
    ("**/node_modules", "node_modules/a|web/node_modules/a", "node_modules2"),
    # Wildcards.
    ("*", "a|a/b", ""),
    ("**", "a|a/b/c", ""),
    ("foo/**", "foo/a|foo/a/b", "foo"),
    ("a/**/foo", "a/foo|a/b/c/foo", "foo|b/foo"),
    ("**.pyc", "a.pyc|a/b.pyc", "a.py"),
    ("foo**", "foo|foobar|foo/a", "a/foo"),
    ("f?o", "foo|fXo", "f/o|fo"),
    ("[a-c]x", "ax|bx", "dx|x"),
    ("[^a]x", "bx", "ax"),
    ("[!a]x", "ax|!x", "bx"),
    (r"a\*b", "a*b", "aXb"),
    (r"\#x", "#x", "x"),
    (r"\!x", "!x", "x"),
    ("a.b", "a.b", "aXb"),
    ("é?", "éa", "é"),
    # How the file is written.
    ("  foo  ", "foo", ""),
    (" #foo", "#foo", ""),
    ("foo\r\nbar\r\n", "foo|bar", ""),
    ("\ufefffoo", "foo", ""),
    ("\n\nfoo\n\n", "foo", ""),
    ("a\u2028b\na\x0cb\na\x85b", "a\u2028b|a\x0cb|a\x85b", "a|b"),
    ("# was\x0csecret", "", "secret"),
    ("*.md\n! README.md", "a.md", "README.md"),
    ("../foo", "", "foo"),
    (".", "", "foo"),
    ("/", "", "foo"),
    # What is always left out, and how it comes back.
    ("", ".git/HEAD|a/__pycache__/b.pyc|.venv/bin/x|a.egg-info/PKG|x/.DS_Store", "node_modules/a|build/a|.env|a.pyc"),
    ("!.git", ".venv/x|a/.git/x", ".git/HEAD"),
]


@pytest.mark.parametrize(("text", "out", "kept"), CASES)
def test_it_ignores_what_docker_ignores(text: str, out: str, kept: str) -> None:
    ignore = DockerIgnore(text)

    assert [path for path in out.split("|") if path and not ignore.ignores(path)] == []
    assert [path for path in kept.split("|") if path and ignore.ignores(path)] == []


def test_a_line_that_docker_refuses_is_named() -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the sentence is what is tested
        DockerIgnore("# comment\n!\nfoo\na[\n[b-a]\n")

    said = ["line 2: '!' is not a pattern", "line 4: 'a[' is not a pattern", "line 5: '[b-a]' is not a pattern"]
    assert str(refused.value).split("; ") == said
