"""What the files of `create -f` and `apply` say: YAML 1.2's core schema, or JSON."""

import contextlib
import json
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baton_cli.exits import UsageProblem
from baton_cli.files.file_rules import DEEPEST, LARGEST, Misread
from baton_cli.files.input_files import read_file, read_json
from baton_cli.files.yaml_core import read_yaml, write_yaml
from tests.api_client import Api
from tests.cli.conftest import Cli

LETTERS = st.text(st.characters(codec="utf-8"), max_size=20)
LIKE_OTHERS = st.text("0123456789.eExo+-_:~ #\n\t'\"nulyestrfaNO<=\x85\u2028", max_size=8)
TEXTS = LETTERS | LIKE_OTHERS
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


def exactly(value: Any) -> str:
    """The value such that 1, 1.0 and true are different."""
    return json.dumps(value, sort_keys=True)


def named(name: str, raw: bytes) -> BytesIO:
    file = BytesIO(raw)
    file.name = name
    return file


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("yes", "yes"),
        ("on", "on"),
        ("y", "y"),
        ("True", True),
        ("tRUE", "tRUE"),
        ("~", None),
        ("", None),
        ("nULL", "nULL"),
        ("0644", 644),
        ("08", 8),
        ("0o17", 15),
        ("-0o17", "-0o17"),
        ("0o18", "0o18"),
        ("0x1F", 31),
        ("0X1F", "0X1F"),
        ("0b1", "0b1"),
        ("1_000", "1_000"),
        ("+12", 12),
        ("1e3", 1000.0),
        ("2E-2", 0.02),
        ("1.5e10", 15_000_000_000.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e", "1e"),
        ("1.2.3", "1.2.3"),
        ("12:30", "12:30"),
        ("1:2:3", "1:2:3"),
        ("2026-12-24", "2026-12-24"),
        ("2026-12-24T18:00:00Z", "2026-12-24T18:00:00Z"),
        ("=", "="),
        ("'1'", "1"),
        ("!!str 1", "1"),
        ("!!float 1", 1.0),
        ('"\\ud83d\\ude00"', "\U0001f600"),
        ('"\\U0001f600"', "\U0001f600"),
    ],
)
def test_a_scalar_is_what_the_core_schema_says(text: str, value: Any) -> None:
    assert exactly(read_yaml(f"v: {text}")) == exactly({"v": value})


@settings(deadline=None)
@given(VALUES)
def test_what_is_written_as_yaml_is_read_as_it_was(value: Any) -> None:
    assert exactly(read_yaml(write_yaml({"v": value}))) == exactly({"v": value})


@settings(deadline=None)
@given(VALUES, st.sampled_from([None, 1, "\t"]))
def test_json_is_read_alike_by_both_readers(value: Any, indent: Any) -> None:
    text = json.dumps({"v": value}, indent=indent)
    assert exactly(read_json(text)) == exactly(read_yaml(text)) == exactly({"v": value})


@settings(deadline=None)
@given(VALUES)
def test_json_with_its_letters_unescaped_is_read_as_it_is(value: Any) -> None:
    assert exactly(read_json(json.dumps(value, ensure_ascii=False))) == exactly(value)


@settings(deadline=None)
@given(VALUES)
def test_yaml_with_its_letters_unescaped_is_read_as_it_is_or_refused(value: Any) -> None:
    text = json.dumps({"v": value}, ensure_ascii=False)
    with contextlib.suppress(Misread):  # Some characters may stand in YAML only escaped.
        assert exactly(read_yaml(text)) == exactly({"v": value})


@pytest.mark.parametrize("name", ["s.yaml", "s.yml", "s", "s.json", "S.JSON", "<stdin>"])
def test_any_file_may_hold_json(name: str) -> None:
    raw = b'\xef\xbb\xbf{"a":\t[1e3, "\\ud83d\\ude00"]}'
    assert exactly(read_file(named(name, raw))) == exactly({"a": [1000.0, "\U0001f600"]})


@pytest.mark.parametrize(
    ("name", "raw", "message"),
    [
        ("s.yaml", b"a: 1\nb:\n  c: 1\n  c: 2", "“c” is given more than once at line 4 column 3"),
        ("s.yaml", b"a: 1\n1: 2", "a key must be text: quote it at line 2 column 1"),
        ("s.yaml", b"null: 2", "a key must be text"),
        ("s.yaml", b"? [a]\n: b", "a key must be text"),
        ("s.yaml", b"a: [1,\n  .inf]", "the number .inf is out of range at line 2 column 3"),
        ("s.yaml", b"a: .NaN", "out of range at line 1 column 4"),
        ("s.yaml", b"a: -1e999", "out of range at line 1 column 4"),
        ("s.yaml", b"a: " + b"9" * 5000, "out of range at line 1 column 4"),
        ("s.yaml", b'a: "\\ud83d"', "half of a surrogate pair is no character at line 1 column 4"),
        ("s.yaml", b"a: !!int x", "is not what its tag !!int says at line 1 column 4"),
        ("s.yaml", b"a: !!binary aGk=", "is not one of YAML's core schema at line 1 column 4"),
        ("s.yaml", b"!!set {a}", "is not one of YAML's core schema"),
        ("s.yaml", b"!!python/object:os.system {}", "is not one of YAML's core schema"),
        ("s.yaml", b"a: 1\n---\nb: 2", "found another document at line 2 column 1"),
        ("s.yaml", b"a: *b", "undefined alias 'b' at line 1 column 4"),
        ("s.yaml", b"a: 1\nb: [", "at line 2 column 5"),
        ("s.yaml", b"a: 1\nb: \x07", "U+0007 may only stand there escaped at line 2 column 4"),
        (
            "s.yaml",
            "a: 1\nb: x\x85".encode(),
            "U+0085 may only stand there escaped at line 2 column 5",
        ),
        (
            "s.yaml",
            'a: 1\nb: "x \u2028"'.encode(),
            "U+2028 may only stand there escaped at line 2 column 7",
        ),
        ("s.yaml", "a: 1\nb: ü".encode("latin-1"), "it is not UTF-8 at line 2 column 4"),
        ("s.yaml", "a: 1".encode("utf-16"), "it is not UTF-8 at line 1 column 1"),
        ("s.yaml", b"a: " + b"x" * LARGEST, "larger than 1048576 bytes"),
        ("s.json", b'{"a": 1,\n "a": 2}', 'duplicate key "a" at line 2'),
        ("s.json", b'{"a":\n NaN}', "it is not JSON: expected value at line 2 column 2"),
        ("s.json", b"[-Infinity]", "it is not JSON"),
        ("s.json", b'{"a": [1e999]}', "“0” is a number out of range"),
        ("s.json", b'{"a": 1,}', "it is not JSON: trailing comma at line 1"),
        ("s.json", b"a: 1", "it is not JSON"),
        ("s.json", b'["\\ud83d"]', "it is not JSON"),
        ("s.json", b"[01]", "it is not JSON"),
        ("s.json", b"", "it is not JSON"),
        ("s.json", b'["\xfc"]', "it is not UTF-8 at line 1 column 3"),
        ("s.json", b"[" * 100_000, "it is not JSON: recursion limit"),
        ("s.json", b'"' + b"x" * LARGEST + b'"', "larger than 1048576 bytes"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_file_and_place(
    name: str, raw: bytes, message: str
) -> None:
    with pytest.raises(UsageProblem) as caught:
        read_file(named(name, raw))
    assert str(caught.value.message).startswith(f"{name} cannot be read: ")
    assert message in caught.value.message


@pytest.mark.parametrize("read", [read_yaml, read_json])
def test_nesting_has_its_limit(read: Any) -> None:
    def nested(levels: int, inside: str) -> str:
        return "[" * levels + inside + "]" * levels

    assert read(nested(DEEPEST, "1"))
    assert read(nested(DEEPEST, "")) is not None
    for inside in ("", "1"):
        with pytest.raises(Misread, match="more than 32 levels deep"):
            read(nested(DEEPEST + 1, inside))
    assert read('{"a": "' + "[" * 100 + '"}')


def test_hostile_nesting_is_refused_before_anything_is_built() -> None:
    for text in ("[" * 500_000, "- " * 500_000, "{a: " * 200_000):
        with pytest.raises(Misread, match="more than 32 levels deep"):
            read_yaml(text)


# Aliases


def test_an_alias_stands_for_the_value_it_names() -> None:
    text = "a: &steps {steps: 2}\nb: *steps\nc: [*steps]\nd: &steps 1\ne: *steps"
    steps = {"steps": 2}
    assert read_yaml(text) == {"a": steps, "b": steps, "c": [steps], "d": 1, "e": 1}


def test_merge_keys_bring_in_what_a_mapping_does_not_have_itself() -> None:
    base = "a: &a {x: 1, y: 1}\nb: &b {x: 2, z: 2}\n"
    assert read_yaml(base + "c: {y: 3, <<: *a}")["c"] == {"x": 1, "y": 3}
    assert read_yaml(base + "c: {<<: [*a, *b]}")["c"] == {"x": 1, "y": 1, "z": 2}
    assert read_yaml("'<<': 1") == {"<<": 1}
    with pytest.raises(Misread, match="<< takes a mapping"):
        read_yaml("a: &a 1\nb: {<<: *a}")


@pytest.mark.parametrize("ten", ["[{}]", "{{<<: [{}]}}"])
def test_aliases_of_aliases_do_not_blow_up(ten: str) -> None:
    lines = ["a0: &a0 {lol: lol}"]
    for level in range(1, 12):
        aliases = ", ".join([f"*a{level - 1}"] * 10)
        lines.append(f"a{level}: &a{level} {ten.format(aliases)}")
    with pytest.raises(Misread, match="its aliases make it larger than 1048576 characters"):
        read_yaml("\n".join(lines))
    assert read_yaml("\n".join(lines[:4]))


@pytest.mark.parametrize("text", ["&a [*a]", "&a {b: *a}", "a: &a {<<: *a}"])
def test_a_value_within_itself_is_refused(text: str) -> None:
    with pytest.raises(Misread, match="more than 32 levels deep"):
        read_yaml(text)


# At the command


def test_what_the_file_says_is_what_is_stored(cli: Cli, api: Api) -> None:
    body = (
        '{"limit":1e3,"x":2E-2,"big":12345678901234567890,"no":null,"deep":{"a":[null,{"b":null}]}}'
    )
    text = (
        '{"name":"J","cadence":{"type":"manual"},'
        f'"target":{{"type":"http","url":"https://example.com/","body":{body}}}}}'
    )
    for name in ("s.json", "s.yaml"):
        made = cli.json("schedules", "create", "-f", cli.file(text, name))["schedule"]
        assert exactly(api.schedule(made)["target"]["body"]) == exactly(json.loads(body))


def test_a_file_that_cannot_be_read_is_misuse(cli: Cli) -> None:
    path = cli.file("name: A\nname: B")
    for command in (("schedules", "create"), ("apply", "--yes")):
        result = cli.run(*command, "-f", path)
        assert result.exit_code == 2
        assert f"{path} cannot be read: “name” is given more than once at line 2" in result.stderr
    assert cli.wire.sent == []


@pytest.mark.parametrize("text", ['{"a": NaN}', '{"a": 1, "a": 2}', "{", "[1e999]"])
def test_json_flags_are_read_as_strictly(cli: Cli, text: str) -> None:
    for given_ in (text, "@" + cli.file(text, "payload.json")):
        assert cli.run("run-now", "Probe", "--payload", given_).exit_code == 2
    assert cli.wire.sent == []
