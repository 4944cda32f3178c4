"""The deployment package: ``sam.json`` and ``deployment.zip``, made by Chalice.

The same source gives the same bytes, so an unchanged source is not deployed again. Usage::

    python -m infra.package DIRECTORY [--host]
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
import zipfile
from dataclasses import dataclass
from pathlib import Path

from infra import template
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
#: What Lambda's machines run; the oldest C library among the supported runtimes decides.
LAMBDA_PLATFORM = "manylinux2014_x86_64"

_REQUIREMENTS = ROOT / "requirements.txt"
_WEB_BUILD = ROOT / "web" / "dist"
_STAGE = "default"
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==\S+$", re.MULTILINE)
#: Zip entries carry no time of their own: the earliest the format knows.
_NO_TIME = (1980, 1, 1, 0, 0, 0)
_NOT_SOURCE = shutil.ignore_patterns("__pycache__", "*.pyc", ".*")


class PackageError(Exception):
    """The package could not be made."""


@dataclass(frozen=True, slots=True)
class Package:
    """A finished package: a SAM template, and the code that all its functions share."""

    template: Path
    code: Path


def build(out: Path, *, host: bool = False) -> Package:
    """Make the package in `out`, for Lambda or (`host`) for functions that run on this machine.

    Raises:
        PackageError: pip or Chalice failed; it says what they said.
    """
    out.mkdir(parents=True, exist_ok=True)
    vendored = _vendored(host)
    with tempfile.TemporaryDirectory(prefix="baton-build-") as temporary:
        build_directory = Path(temporary)
        _assemble(build_directory, vendored)
        additions = build_directory / "additions.json"
        additions.write_text(json.dumps(template.additions()), encoding="utf-8")
        _chalice(build_directory, additions, out)
    package = Package(out / "sam.json", out / "deployment.zip")
    _make_reproducible(package.code)
    return package


def runs_here() -> bool:
    """Whether what is built for Lambda runs on this machine as it is."""
    here = (platform.system(), platform.machine(), platform.libc_ver()[0])
    return here == ("Linux", "x86_64", "glibc")


def packaged_pins() -> list[str]:
    """The lines of requirements.txt whose distributions go into the package."""
    text = _REQUIREMENTS.read_text(encoding="utf-8")
    return [pin[0] for pin in _PIN.finditer(text) if pin[1].lower() not in PROVIDED]


def _assemble(directory: Path, vendored: Path) -> None:
    """Lay out what Chalice packages; it finds no requirements.txt, so it calls no pip."""
    shutil.copy(ROOT / "app.py", directory)
    shutil.copytree(ROOT / "chalicelib", directory / "chalicelib", ignore=_NOT_SOURCE)
    shutil.copytree(ROOT / ".chalice", directory / ".chalice", ignore=_NOT_SOURCE)
    if _WEB_BUILD.is_dir():
        shutil.copytree(_WEB_BUILD, directory / "chalicelib" / "web")
    (directory / "vendor").symlink_to(vendored)


def _vendored(host: bool) -> Path:
    """A directory with the dependencies unpacked; made once for each set of pins."""
    pins = packaged_pins()
    key = "\n".join([sys.version, LAMBDA_PLATFORM, str(host), *pins]).encode()
    directory = LOCAL / "vendor" / hashlib.sha256(key).hexdigest()[:16]
    if directory.is_dir():
        return directory
    directory.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=directory.parent) as temporary:
        target = Path(temporary) / "vendor"
        _pip_install(pins, target, host=host)
        shutil.rmtree(target / "bin", ignore_errors=True)
        try:
            target.rename(directory)
        except OSError:
            # Somebody else was quicker; theirs is the same.
            if not directory.is_dir():
                raise
    return directory


def _pip_install(pins: list[str], target: Path, *, host: bool) -> None:
    arguments = ["--no-deps", "--no-compile", "--only-binary=:all:", f"--target={target}"]
    if not host:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        arguments += [f"--platform={LAMBDA_PLATFORM}", f"--python-version={version}"]
        arguments += ["--implementation=cp"]
    _run([sys.executable, "-m", "pip", "install", "--quiet", *arguments, *pins])


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


def _make_reproducible(archive: Path) -> None:
    """Write the zip anew: entries in order, without times and owners."""
    fresh = archive.with_suffix(".tmp")
    with (
        zipfile.ZipFile(archive) as source,
        zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in sorted(set(source.namelist())):
            entry = zipfile.ZipInfo(name, _NO_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            target.writestr(entry, source.read(name))
    fresh.replace(archive)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m infra.package", description=__doc__)
    parser.add_argument("out", type=Path, help="directory for sam.json and deployment.zip")
    parser.add_argument("--host", action="store_true", help="for this machine, not for Lambda")
    arguments = parser.parse_args()
    try:
        package = build(arguments.out, host=arguments.host)
    except PackageError as error:
        print(error, file=sys.stderr)
        return 1
    size = package.code.stat().st_size / 1e6
    print(f"{package.template} and {package.code} ({size:.1f} MB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
