"""What ships is locked by hashes and listed in a bill of materials."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any, Final

import pytest

from infra import sbom
from infra.lock import locked_pins
from infra.package import LOCK, Package, packaged_pins, shipped_pins

LOCKED: Final = LOCK.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def bill(packaged: Package) -> dict[str, Any]:
    """The bill of materials in the package."""
    with zipfile.ZipFile(packaged.code) as archive:
        return dict(json.loads(archive.read(f"chalicelib/{sbom.NAME}")))


def test_what_is_packaged_is_locked_and_nothing_else() -> None:
    assert locked_pins(LOCKED) == packaged_pins(), "it is written by: make lock"


def test_every_pin_has_hashes() -> None:
    entries = LOCKED.split("\n\n")[-1].replace("\\\n", " ").splitlines()
    pinned = [line for line in entries if not line.startswith("#")]
    assert len(pinned) == len(packaged_pins())
    assert [line for line in pinned if "--hash=sha256:" not in line] == []


def test_pip_refuses_a_file_with_another_hash(tmp_path: Path) -> None:
    wheel = tmp_path / "typing_inspection-0.4.5-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("typing_inspection/__init__.py", "print('not the real one')")
    requirements = tmp_path / "requirements.lock"
    requirements.write_text(_entry_of("typing-inspection", LOCKED), encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "--isolated", "install", "--no-index", "--no-deps"]
    places = [f"--find-links={tmp_path}", f"--target={tmp_path / 'out'}"]
    done = subprocess.run(  # noqa: S603  # pip of .venv
        [*pip, "--require-hashes", *places, "-r", str(requirements)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "DO NOT MATCH THE HASHES" in done.stderr


def _entry_of(name: str, lock: str) -> str:
    """The lines of one package in a lock."""
    start = lock.index(f"\n{name}==") + 1
    lines = lock[start:].splitlines()
    end = next(at for at, line in enumerate(lines) if not line.endswith("\\"))
    return "\n".join(lines[: end + 1])


def test_the_bill_lists_what_ships_and_nothing_else(bill: dict[str, Any]) -> None:
    listed = [f"{each['name']}=={each['version']}" for each in bill["components"]]
    assert listed == shipped_pins()
    assert {*shipped_pins()} - {*packaged_pins()} == {
        pin for pin in shipped_pins() if pin.startswith("chalice==")
    }
    assert [each["purl"] for each in bill["components"]] == [
        f"pkg:pypi/{pin.replace('==', '@')}" for pin in shipped_pins()
    ]


def test_every_part_says_what_its_license_is(bill: dict[str, Any]) -> None:
    assert [each["name"] for each in bill["components"] if not each.get("licenses")] == []


def test_the_bill_is_cyclonedx(bill: dict[str, Any]) -> None:
    assert (bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.6", 1)
    assert bill["metadata"]["component"]["name"] == "baton"
    references = [each["bom-ref"] for each in bill["components"]]
    assert len(set(references)) == len(references)
    [whole] = bill["dependencies"]
    assert whole == {"ref": bill["metadata"]["component"]["bom-ref"], "dependsOn": references}


def test_the_same_pins_give_the_same_bill() -> None:
    assert sbom.text(shipped_pins()) == sbom.text(shipped_pins())
    assert "timestamp" not in sbom.text(shipped_pins())
    assert "serialNumber" not in sbom.text(shipped_pins())
