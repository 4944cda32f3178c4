"""The deployment package: ``sam.json`` and ``deployment.zip``, made by Chalice.

The same source gives the same bytes, so an unchanged source is not deployed again. What is made
for Lambda does not depend on the Python that makes it. Usage::

    python -m infra.package DIRECTORY [--runtime python3.13] [--architecture arm64]
    python -m infra.package DIRECTORY --host
"""

import argparse
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path

from chalicelib.platform import release
from chalicelib.platform.clock import SystemClock
from infra import aws_models, byte_code, sbom, template, web
from infra.places import COMMANDS, LOCAL, ROOT

#: Distributions of requirements.txt that are not put into the package: Lambda's runtime has boto3
#: and what it needs, and Chalice adds the two modules of itself that are needed at run time.
PROVIDED = frozenset(
    {
        "boto3",
        "botocore",
        "chalice",
        "jmespath",
        "python-dateutil",
        "s3transfer",
        "six",
    }
)
#: The machine that functions run on unless another one is named: ARM costs a fifth less.
RUNTIME = "python3.13"
ARCHITECTURE = "arm64"
RUNTIMES = ("python3.11", "python3.12", "python3.13")
#: Lambda's name of an architecture → that of wheels.
ARCHITECTURES = {"arm64": "aarch64", "x86_64": "x86_64"}
#: The C libraries wheels may be built for. Amazon Linux 2, with Python 3.11, has 2.26; its
#: successor has 2.34.
_C_LIBRARIES = ("manylinux2014", "manylinux_2_17", "manylinux_2_24", "manylinux_2_26")
_LATER_C_LIBRARIES = ("manylinux_2_27", "manylinux_2_28", "manylinux_2_31", "manylinux_2_34")

_REQUIREMENTS = ROOT / "requirements.txt"
#: The same pins with their hashes; infra/lock.py writes it.
LOCK = ROOT / "requirements.lock"
_STAGE = "default"
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==\S+$", re.MULTILINE)
#: Zip entries carry no time of their own: the earliest the format knows.
_NO_TIME = (1980, 1, 1, 0, 0, 0)
_NOT_SOURCE = shutil.ignore_patterns("__pycache__", "*.pyc", ".*")


class PackageError(Exception):
    """The package could not be made."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What functions run on. `is_here`: on this machine, with the Python that makes the package."""

    runtime: str = RUNTIME
    architecture: str = ARCHITECTURE
    is_here: bool = False

    @classmethod
    def here(cls) -> "Machine":
        """This machine."""
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        is_arm = platform.machine() in ("arm64", "aarch64")
        return cls(version, "arm64" if is_arm else "x86_64", is_here=True)

    @property
    def platforms(self) -> list[str]:
        """The tags of the wheels that run there, as pip names them."""
        libraries: tuple[str, ...] = _C_LIBRARIES
        if self.runtime != "python3.11":
            libraries = (*_LATER_C_LIBRARIES, *libraries)
        return [f"{library}_{ARCHITECTURES[self.architecture]}" for library in libraries]


@dataclass(frozen=True, slots=True)
class Package:
    """A finished package: a SAM template, and the code that all its functions share."""

    template: Path
    code: Path


def build(out: Path, machine: Machine = Machine()) -> Package:
    """Make the package in `out`, for functions that run on that machine.

    Raises:
        PackageError: pip or Chalice failed; it says what they said.
    """
    out.mkdir(parents=True, exist_ok=True)
    vendored = _vendored(machine)
    with tempfile.TemporaryDirectory(prefix="baton-build-") as temporary:
        build_directory = Path(temporary)
        _assemble(build_directory, vendored)
        additions = build_directory / "additions.json"
        additions.write_text(json.dumps(template.additions()), encoding="utf-8")
        _chalice(build_directory, additions, out)
    package = Package(out / "sam.json", out / "deployment.zip")
    _name_machine(package.template, machine)
    _finish(package.code, byte_code.interpreter(machine.runtime))
    return package


@contextmanager
def built(machine: Machine) -> Iterator[Package]:
    """The package in a directory of its own, which goes once nobody needs it any more.

    So two deployments may be under way at once, for different machines.
    """
    with tempfile.TemporaryDirectory(prefix="baton-package-") as directory:
        yield build(Path(directory), machine)


def runtime_fault(runtime: str, today: date) -> str | None:
    """Why no function can be made with that runtime of Lambda's any more; None if one can.

    The dates are AWS's, as the pinned cfn-lint has them.
    """
    lifecycles = files("cfnlint.data.AdditionalSpecs") / "LmbdRuntimeLifecycle.json"
    blocked = json.loads(lifecycles.read_text(encoding="utf-8"))[runtime]["create-block"]
    if blocked is None or today < date.fromisoformat(blocked):
        return None
    return f"Lambda makes no function of {runtime} since {blocked}; take {RUNTIME}"


def packaged_pins() -> list[str]:
    """The lines of requirements.txt whose distributions go into the package."""
    text = _REQUIREMENTS.read_text(encoding="utf-8")
    return [pin[0] for pin in _PIN.finditer(text) if pin[1].lower() not in PROVIDED]


def shipped_pins() -> list[str]:
    """The lines of requirements.txt of which anything goes into the package: Chalice's, too."""
    text = _REQUIREMENTS.read_text(encoding="utf-8")
    return sorted([*packaged_pins(), *re.findall(r"^chalice==\S+$", text, re.MULTILINE)])


def _assemble(directory: Path, vendored: Path) -> None:
    """Lay out what Chalice packages; it finds no requirements.txt, so it calls no pip."""
    shutil.copy(ROOT / "app.py", directory)
    shutil.copytree(ROOT / "chalicelib", directory / "chalicelib", ignore=_NOT_SOURCE)
    shutil.copytree(ROOT / ".chalice", directory / ".chalice", ignore=_NOT_SOURCE)
    if web.DIST.is_dir():
        shutil.copytree(web.DIST, directory / "chalicelib" / "web", ignore=_NOT_SOURCE)
    aws_models.write(directory / "chalicelib" / "aws_models")
    (directory / "vendor").symlink_to(vendored)
    bill = sbom.text(shipped_pins())
    (directory / "chalicelib" / sbom.NAME).write_text(bill, encoding="utf-8")
    name = build_name(directory)
    (directory / "chalicelib" / release.FILE).write_text(name, encoding="utf-8")


def build_name(directory: Path) -> str:
    """The version, and an id of what is packaged: the same for the same files."""
    content = hashlib.sha256()
    for path in sorted(directory.rglob("*")):
        if path.is_file():
            content.update(f"{path.relative_to(directory)}\n{path.stat().st_size}\n".encode())
            content.update(path.read_bytes())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return f"{project['version']}+{content.hexdigest()[:12]}"


def _name_machine(path: Path, machine: Machine) -> None:
    """Have the template's functions run there. Chalice names the Python that it runs on itself."""
    sam = json.loads(path.read_text(encoding="utf-8"))
    for function in template.of_type(sam, "AWS::Serverless::Function").values():
        function["Runtime"] = machine.runtime
        function["Architectures"] = [machine.architecture]
    path.write_text(json.dumps(sam, indent=2) + "\n", encoding="utf-8")


def _vendored(machine: Machine) -> Path:
    """A directory with the dependencies unpacked; made once for each set of pins."""
    made_by = sys.version if machine.is_here else ""
    lock = LOCK.read_text(encoding="utf-8")
    key = "\n".join([machine.runtime, *machine.platforms, made_by, lock]).encode()
    directory = LOCAL / "vendor" / hashlib.sha256(key).hexdigest()[:16]
    if directory.is_dir():
        return directory
    directory.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=directory.parent) as temporary:
        target = Path(temporary) / "vendor"
        _pip_install(target, machine)
        shutil.rmtree(target / "bin", ignore_errors=True)
        try:
            target.rename(directory)
        except OSError:
            # Somebody else was quicker; theirs is the same.
            if not directory.is_dir():
                raise
    return directory


def _pip_install(target: Path, machine: Machine) -> None:
    """Unpack what is locked. pip refuses a file with another hash, and a pin that has none."""
    arguments = ["--require-hashes", f"--requirement={LOCK}"]
    arguments += ["--no-deps", "--no-compile", "--only-binary=:all:", f"--target={target}"]
    if not machine.is_here:
        arguments += [f"--platform={each}" for each in machine.platforms]
        arguments += [f"--python-version={machine.runtime.removeprefix('python')}"]
        arguments += ["--implementation=cp"]
    _run([sys.executable, "-m", "pip", "install", "--quiet", *arguments])


def _chalice(project: Path, additions: Path, out: Path) -> None:
    _run(
        [
            str(COMMANDS / "chalice"),
            f"--project-dir={project}",
            "package",
            f"--stage={_STAGE}",
            f"--merge-template={additions}",
            str(out.resolve()),
        ]
    )


def _run(command: list[str]) -> None:
    environment = {
        # Chalice wants a region, any region, to spell the services' names.
        "AWS_DEFAULT_REGION": "us-east-1",
        **os.environ,
        # Chalice imports the app and then packs its directory: byte code must not get in.
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(  # noqa: S603  # commands of .venv
        command, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise PackageError(f"{Path(command[0]).name} failed:\n{done.stdout}{done.stderr}".strip())


def _finish(archive: Path, python: str | None) -> None:
    """Write the zip anew: with byte code, if there is a Python to make it, and reproducible.

    Entries are in order, without times and owners.
    """
    fresh = archive.with_suffix(".tmp")
    with tempfile.TemporaryDirectory(prefix="baton-build-") as temporary:
        unpacked = Path(temporary)
        with zipfile.ZipFile(archive) as source:
            source.extractall(unpacked)
        if python is not None:
            byte_code.compile_all(unpacked, python)
        files = {
            path.relative_to(unpacked).as_posix(): path
            for path in unpacked.rglob("*")
            if path.is_file()
        }
        with zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED) as target:
            for name, path in sorted(files.items()):
                entry = zipfile.ZipInfo(name, _NO_TIME)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                target.writestr(entry, path.read_bytes())
    fresh.replace(archive)


def add_machine(parser: argparse.ArgumentParser) -> None:
    """Have a command line take what functions are to run on; `machine_of` reads it."""
    parser.add_argument("--runtime", default=RUNTIME, choices=RUNTIMES, help=f"({RUNTIME})")
    parser.add_argument(
        "--architecture", default=ARCHITECTURE, choices=ARCHITECTURES, help=f"({ARCHITECTURE})"
    )


def machine_of(given: argparse.Namespace) -> Machine:
    """The machine that a command line names.

    Raises:
        PackageError: Lambda makes no function for it any more.
    """
    if fault := runtime_fault(given.runtime, SystemClock().now().date()):
        raise PackageError(fault)
    return Machine(given.runtime, given.architecture)


def slowness(machine: Machine) -> str | None:
    """Why functions of a package made here start slowly; None if they do not."""
    if byte_code.interpreter(machine.runtime) is not None:
        return None
    return (
        f"There is no {machine.runtime} on this machine to make byte code with (PYTHON= names one),"
        " so cold starts will take several hundred milliseconds more."
    )


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m infra.package", description=__doc__)
    parser.add_argument("out", type=Path, help="directory for sam.json and deployment.zip")
    parser.add_argument("--host", action="store_true", help="for this machine, not for Lambda")
    add_machine(parser)
    given = parser.parse_args()
    try:
        machine = Machine.here() if given.host else machine_of(given)
        web.ensure_built(lambda text: print(text, file=sys.stderr))
        package = build(given.out, machine)
    except (PackageError, web.WebError) as error:
        print(error, file=sys.stderr)
        return 1
    size = package.code.stat().st_size / 1e6
    print(f"{package.template} and {package.code} ({size:.1f} MB)")
    if warning := slowness(machine):
        print(warning, file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
