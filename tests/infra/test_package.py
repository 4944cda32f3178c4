"""What is in the package that ships, and what is not."""

import re
import zipfile
from pathlib import Path

import pytest

from chalicelib.platform import release
from infra import package
from infra.package import PROVIDED, Package, packaged_pins
from tests.simulation.swapping import swapped

#: More than half of it is what verifies JWTs (docs/decisions, 11).
MOST_BYTES = 10_000_000
TOP_LEVEL_OF_PROVIDED = {name.replace("-", "_") for name in PROVIDED} | {"dateutil"}
DEVELOPMENT = {"pytest", "_pytest", "moto", "mypy", "ruff", "hypothesis", "cfnlint", "pip", "yaml"}


@pytest.fixture(scope="module")
def names(packaged: Package) -> list[str]:
    with zipfile.ZipFile(packaged.code) as archive:
        return archive.namelist()


def test_the_code_is_small(packaged: Package) -> None:
    assert packaged.code.stat().st_size < MOST_BYTES


def test_every_pinned_dependency_is_packed(names: list[str]) -> None:
    for pin in packaged_pins():
        distribution, _, version = pin.partition("==")
        directory = f"{distribution.replace('-', '_')}-{version}.dist-info/METADATA"
        assert directory in names


def test_nothing_is_packed_that_the_runtime_has(names: list[str]) -> None:
    top_level = {name.partition("/")[0].removesuffix(".py") for name in names}
    assert not (top_level - {"chalice"}) & (TOP_LEVEL_OF_PROVIDED | DEVELOPMENT)


def test_of_chalice_only_what_runs_is_packed(names: list[str]) -> None:
    packed = [name for name in names if name.startswith("chalice/")]
    assert packed == ["chalice/__init__.py", "chalice/app.py"]


def test_no_test_is_packed(names: list[str]) -> None:
    assert not [name for name in names if name.startswith(("tests/", "infra/"))]


def test_the_package_knows_its_build(packaged: Package) -> None:
    with zipfile.ZipFile(packaged.code) as archive:
        build = archive.read(f"chalicelib/{release.FILE}").decode()
    assert re.fullmatch(r"\d+\.\d+\.\d+\+[0-9a-f]{12}", build)


def test_another_source_is_another_build(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("1", encoding="utf-8")
    build = package.build_name(tmp_path)
    assert package.build_name(tmp_path) == build
    (tmp_path / "app.py").write_text("2", encoding="utf-8")
    assert package.build_name(tmp_path) != build


def test_the_same_source_gives_the_same_bytes(packaged: Package, tmp_path: Path) -> None:
    again = package.build(tmp_path)
    assert again.code.read_bytes() == packaged.code.read_bytes()
    assert again.template.read_bytes() == packaged.template.read_bytes()


def test_two_packages_may_be_made_at_once_and_leave_nothing_behind() -> None:
    def build(out: Path, _machine: package.Machine) -> Package:
        (out / "sam.json").touch()
        return Package(out / "sam.json", out / "deployment.zip")

    with swapped(package, "build", build):
        with package.built(package.Machine()) as one, package.built(package.Machine()) as other:
            assert one.template != other.template
        assert not one.template.parent.exists()
        assert not other.template.parent.exists()
