"""The API's description as the types of the clients and of the dashboard are made of it.

`clients/openapi.json` is kept in the repository: a change of the API shows in a change of it, and
whatever is built of it asks no deployment. `make web-types` writes it.
"""

import json
from typing import Final

from infra.places import ROOT

#: Where the description is kept.
DESCRIPTION: Final = ROOT / "clients" / "openapi.json"
OUTDATED: Final = (
    "clients/openapi.json does not describe this API any more; make web-types writes it."
)


def text() -> str:
    """The description of the API as it is now."""
    from chalicelib.api.openapi.document import document
    from chalicelib.api.resources import blueprints

    assert blueprints.BLUEPRINTS, "routes are described once they are made"
    described = {**document(), "servers": [{"url": "/"}]}
    # Tags come in the order in which modules were imported, which says nothing.
    described["tags"] = sorted(described["tags"], key=lambda tag: str(tag["name"]))
    return json.dumps(described, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def write() -> None:
    """Keep the description as it is now."""
    DESCRIPTION.write_text(text(), encoding="utf-8")


def outdated() -> bool:
    """Whether what is kept describes another API."""
    return not DESCRIPTION.is_file() or DESCRIPTION.read_text(encoding="utf-8") != text()
