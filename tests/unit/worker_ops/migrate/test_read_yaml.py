"""Files that nobody vouches for: read with their places, or refused with the place of what is wrong."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from worker_ops.errors import OpsError
from worker_ops.migrate.field import Field, Place
from worker_ops.migrate.read_yaml import MAX_FILE_BYTES, parse_yaml, read_yaml

LAUGHS = "\n".join(
    [
        "a: &a [x, x, x, x, x, x, x, x, x, x]",
        *(f"{n}: &{n} [{('*' + p + ', ') * 9}*{p}]" for p, n in zip("abcdefg", "bcdefgh", strict=True)),
    ]
)


def refusal(text: str) -> str:
    with pytest.raises(OpsError) as refused:
        parse_yaml(text, "m.yml")
    return str(refused.value)


def plain(field: Field):
    if field.fields:
        return {name: plain(below) for name, below in field.fields.items()}
    return [plain(item) for item in field.items] if isinstance(field.value, list) else field.value


def test_a_scalar_is_the_text_that_was_written():
    document = parse_yaml("a: no\nb: 010\nc: 12:30:45\nd: 1.50\ne: '~'\nf: ~\ng:\n", "m.yml")

    assert plain(document) == {"a": "no", "b": "010", "c": "12:30:45", "d": "1.50", "e": "~", "f": None, "g": None}


def test_each_field_knows_its_way_and_its_place():
    document = parse_yaml("subscribe:\n  topics:\n    - name: orders\n", "m.yml")
    [name] = document.leaves()

    assert name.path == "subscribe.topics[0].name"
    assert name.place == Place("m.yml", 3, 13)
    assert str(name.place) == "m.yml:3:13"


def test_aliases_and_merge_keys_are_followed_and_what_stands_in_the_map_wins():
    document = parse_yaml(
        "base: &b {x: 1, y: 2}\nlist: &l {y: 3, z: 4}\nown: {<<: [*b, *l], x: 9}\nagain: *b\n", "m.yml"
    )

    assert plain(document.fields["own"]) == {"y": "2", "z": "4", "x": "9"}
    assert document.fields["again"].fields["x"].path == "again.x"


def test_a_function_of_cloudformation_is_kept_as_a_tag():
    document = parse_yaml("Value: !Ref Table\nArn: !GetAtt [Table, Arn]\n", "m.yml")

    assert [field.tag for field in document.fields.values()] == ["!Ref", "!GetAtt"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("a: 1\nb: [", "m.yml:2:5: is not YAML: ", id="unfinished"),
        pytest.param("a: 1\n\tb: 2", "m.yml:2:1: is not YAML: found character '\\t'", id="tab"),
        pytest.param("a: 1\nb: *nothing", "m.yml:2:4: is not YAML: found undefined alias 'nothing'", id="alias"),
        pytest.param("a: 1\na: 2", "m.yml:2:1: a stands twice", id="twice"),
        pytest.param("a: {<<: {b: 1}, <<: {c: 1}}", "<< stands twice", id="two merges"),
        pytest.param('a: "\\ud800"', "m.yml:1:4: has half of a character", id="half a character"),
        pytest.param('"a\\udfff": b', "m.yml:1:1: has half of a character", id="half a character in a key"),
        pytest.param("a: &a {<<: *a}", "m.yml:1:4: refers to itself", id="merges itself"),
        pytest.param("a: !!python/object/apply:os.system\n- b: [", "is not YAML", id="unfinished tag"),
        pytest.param("a: 1\n---\nb: 2", "m.yml:2:1: is not YAML: but found another document", id="two documents"),
        pytest.param("a: &a [*a]", "m.yml:1:4: refers to itself", id="recursive"),
        pytest.param("[a]: 1", "m.yml:1:1: a key has to be a text", id="key"),
        pytest.param("a: {<<: 1}", "m.yml:1:9: a merge key takes maps", id="merge"),
        pytest.param("a: " + "[" * 60, "m.yml:1:43: is nested over 40 deep", id="deep"),
        pytest.param(LAUGHS, "with its aliases the file has over 20000 fields", id="billion laughs"),
        pytest.param("a: \x00", "m.yml: is not YAML: ", id="binary"),
        pytest.param("%YAML 9.9\n---\na: 1", "is not YAML: ", id="version"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, told: str):
    assert told in refusal(text)


def test_a_file_that_is_no_text_or_too_large_is_refused(tmp_path: Path):
    (tmp_path / "binary.yml").write_bytes(b"a: 1\nb: \xff\xfe")
    (tmp_path / "large.yml").write_bytes(b"#" * (MAX_FILE_BYTES + 1))

    with pytest.raises(OpsError, match=r"binary\.yml:2: is not text in UTF-8"):
        read_yaml(tmp_path / "binary.yml", tmp_path)
    with pytest.raises(OpsError, match=r"large\.yml: has over 1048576 bytes, which are the most"):
        read_yaml(tmp_path / "large.yml", tmp_path)


def test_a_link_out_of_the_folder_a_loop_and_a_folder_are_refused(tmp_path: Path):
    inside = tmp_path / "inside"
    (inside / "folder.yml").mkdir(parents=True)
    (tmp_path / "secret.yml").write_text("a: 1")
    (inside / "out.yml").symlink_to(tmp_path / "secret.yml")
    (inside / "loop.yml").symlink_to(inside / "loop.yml")

    for name, told in (("out", "is a link out of"), ("loop", "is a link to nothing"), ("folder", "is not a file")):
        with pytest.raises(OpsError, match=told):
            read_yaml(inside / f"{name}.yml", inside)


def test_a_file_that_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "mine.yml").write_text("a: 1")

    def refuse(*_arguments: object, **_options: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)

    with pytest.raises(OpsError, match=r"mine\.yml: cannot be read: Permission denied"):
        read_yaml(tmp_path / "mine.yml", tmp_path)


@pytest.mark.parametrize(
    "text", ["a: 1\r\nb: [x]\r\n", "\ufeffa: 1\nb: [x]\n", "a: 1\rb: [x]\r", "%YAML 1.1\n---\na: 1\nb: [x]\n...\n"]
)
def test_ends_of_lines_and_marks_make_no_difference(text: str, tmp_path: Path):
    (tmp_path / "m.yml").write_bytes(text.encode())

    assert plain(read_yaml(tmp_path / "m.yml", tmp_path)) == {"a": "1", "b": ["x"]}


@pytest.mark.parametrize("text", ["9" * 5_000, "1e999", "-.inf", ".nan"])
def test_what_is_no_number_of_jsons_is_a_text(text: str):
    assert parse_yaml(f"a: {text}", "m.yml").fields["a"].plain == text


def test_an_empty_file_says_nothing():
    assert plain(parse_yaml("# nothing\n", "m.yml")) == {}
