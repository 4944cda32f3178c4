"""What a release after this one may write into the items of this one."""

import json
from copy import deepcopy
from typing import Final

from tests.releases.snapshots import Item, Snapshot

#: An attribute, and a key of stored JSON, that only a later release knows.
UNKNOWN: Final = "of_a_later_release"
#: Attributes that are JSON of Baton's own, by table: each object in them may get further keys.
#: In the others the keys are people's or targets' own, or are passed on as they are.
OWN_JSON: Final = {
    "schedules": ("breaker", "cadence", "misfire", "retry"),
    "runs": ("attempts", "behind", "totals"),
    "control": ("value",),
}


def with_unknown_parts(snapshot: Snapshot) -> Snapshot:
    """The same items, each with an attribute, and with keys, that this release does not know."""
    changed = deepcopy(snapshot)
    for table, items in changed.items():
        for item in items:
            item[UNKNOWN] = {"M": {"deep": {"L": [{"N": "1"}, {"NULL": True}]}}}
            for name in OWN_JSON.get(table, ()):
                if "S" in item.get(name, {}):
                    _add_key(item, name)
    return changed


def _add_key(item: Item, name: str) -> None:
    try:
        value = json.loads(item[name]["S"])
    except ValueError:
        return  # It was spoilt before.
    for each in value if isinstance(value, list) else [value]:
        each[UNKNOWN] = {"deep": [1, None, "two"]}
    item[name] = {"S": json.dumps(value, separators=(",", ":"), ensure_ascii=False)}
