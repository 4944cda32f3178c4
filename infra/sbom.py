"""The bill of materials of the deployment package, in CycloneDX's JSON.

It lists the distributions that ship, by name, version and license, and nothing that changes
between two packagings of the same source: no instant and no serial number.
"""

import json
import re
import tomllib
from collections.abc import Iterable
from importlib.metadata import metadata
from typing import Any, Final

from infra.places import ROOT

#: Where it is in the package.
NAME: Final = "sbom.cdx.json"
_SPDX: Final = re.compile(r"[A-Za-z0-9.+-]+")


def text(pins: Iterable[str]) -> str:
    """The bill for these pins, which are installed here, too."""
    components = [_component(*pin.split("==")) for pin in pins]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    baton = _purl(project["name"], project["version"])
    bill = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": baton,
                "name": project["name"],
                "version": project["version"],
                "licenses": [{"license": {"id": project["license"]}}],
            }
        },
        "components": components,
        "dependencies": [{"ref": baton, "dependsOn": [each["bom-ref"] for each in components]}],
    }
    return json.dumps(bill, indent=1, ensure_ascii=False) + "\n"


def _component(name: str, version: str) -> dict[str, Any]:
    purl = _purl(name, version)
    licenses = _licenses(name)
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        **({"licenses": licenses} if licenses else {}),
        "purl": purl,
    }


def _licenses(name: str) -> list[dict[str, Any]]:
    """What a distribution says of its license: an SPDX expression, or a name of its own."""
    for expression in _stated(name, "License-Expression"):
        is_one = _SPDX.fullmatch(expression)
        return [{"license": {"id": expression}} if is_one else {"expression": expression}]
    names = [each for each in _stated(name, "License") if each and "\n" not in each]
    classifiers = [each for each in _stated(name, "Classifier") if each.startswith("License :: ")]
    names = names or [each.rpartition(" :: ")[2] for each in classifiers]
    return [{"license": {"name": each}} for each in names]


def _stated(name: str, field: str) -> list[str]:
    """What a distribution's metadata have under a name, which may be there several times."""
    return metadata(name).get_all(field) or []


def _purl(name: str, version: str) -> str:
    return f"pkg:pypi/{name.lower().replace('_', '-')}@{version}"
