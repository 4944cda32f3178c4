"""How parameters are written."""

from pathlib import Path

import pytest

from infra.aws.parameters import ParametersError, read, read_tags


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "prod.params"
    path.write_text(
        "# What production has.\n\nCapacity = 4\nOidcScopes=a=viewer,b c=owner\nLogLevel=\n"
    )
    return path


def test_words_and_files_are_parameters(file: Path) -> None:
    assert read([str(file), "AllowTargets=10.0.0.0/8"]) == {
        "Capacity": "4",
        "OidcScopes": "a=viewer,b c=owner",
        "LogLevel": "",
        "AllowTargets": "10.0.0.0/8",
    }


def test_what_comes_later_wins(file: Path) -> None:
    assert read([str(file), "Capacity=5"])["Capacity"] == "5"
    assert read(["Capacity=5", str(file)])["Capacity"] == "4"


def test_every_fault_is_named(tmp_path: Path) -> None:
    path = tmp_path / "p"
    path.write_text("Capacity\n=3\nA=1\nA=1\n9x=1\n")
    with pytest.raises(ParametersError) as raised:
        read([str(path), "no such file", "-=1"])
    assert str(raised.value).splitlines() == [
        f"{path}, line 1: “Capacity” is no NAME=value.",
        f"{path}, line 2: “=3” is no NAME=value.",
        f"{path}, line 4: A is there a second time.",
        f"{path}, line 5: “9x=1” is no NAME=value.",
        "no such file: No such file or directory. Parameters are NAME=value, or a file of such"
        " lines.",
        "the command line: “-=1” is no NAME=value.",
    ]


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "p"
    path.write_bytes(b"\xff")
    with pytest.raises(ParametersError, match="it is not UTF-8"):
        read([str(path)])


def test_tags_have_names_of_all_kinds() -> None:
    assert read_tags(["team=ops", "acme:cost centre=a=b", "empty="]) == {
        "team": "ops",
        "acme:cost centre": "a=b",
        "empty": "",
    }
    with pytest.raises(ParametersError, match="“=x” is no NAME=value of a tag") as raised:
        read_tags(["team", "=x", "a=b"])
    assert len(str(raised.value).splitlines()) == 2
