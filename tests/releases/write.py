"""Keeps what this release stores, for the tests of later ones: `python -m tests.releases.write`.

It plays the scenario on the in-memory DynamoDB and writes what is stored at its end to
``tests/releases/<version>``: a file for each table, and `outside.json` with what people, targets
and queues hold of it then. What a release has written is not written again: to replace the files
of a version that is not released yet, remove them first.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any, Final

from pynamodb.models import Model

from chalicelib.domain.time.instants import to_text
from chalicelib.store.dynamodb import models
from infra.release import version
from tests.harness import Stack
from tests.releases import scenario, snapshots
from tests.releases.snapshots import Snapshot

DIRECTORY: Final = Path(__file__).parent
#: Attributes that the scenario cannot bring about, and why.
OUT_OF_REACH: Final = {
    "RunItem.verdict": "only a process that is about to be killed writes it",
    "InboxItem.sent_by": "the scenario's deployment sends no notifications on",
}


def played() -> tuple[Snapshot, dict[str, Any]]:
    """What is stored at the end of the scenario, and what the outside world holds of it."""
    os.environ["BATON_TESTS_ENGINE"] = "memory"
    with Stack(scenario.BEGINS) as stack:
        outside = scenario.play(stack)
        messages = [
            {"queue": each.queue, "body": each.body, "due_at": to_text(each.due_at)}
            for each in stack.under_way()
        ]
        about = {"version": version(), "at": to_text(stack.now)}
        return snapshots.take(), {**about, **outside, "messages": messages}


def never_stored(snapshot: Snapshot) -> set[str]:
    """The attributes of all models that no item of the snapshot has."""
    missing = set()
    for model in (each for each in vars(models).values() if _is_an_item(each)):
        stored = {
            name for item in snapshot[model.Meta.table_name.partition("-")[2]] for name in item
        }
        missing |= {
            f"{model.__name__}.{name}"
            for name, attribute in model.get_attributes().items()
            if attribute.attr_name not in stored
        }
    return missing


def _is_an_item(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Model) and hasattr(kind, "Meta")


def main() -> int:
    """The command line."""
    directory = DIRECTORY / version()
    if directory.exists():
        print(f"{directory} is there already; remove it to have it written anew", file=sys.stderr)
        return 1
    snapshot, outside = played()
    if missing := never_stored(snapshot) - set(OUT_OF_REACH):
        print(f"no item of the scenario has {', '.join(sorted(missing))}", file=sys.stderr)
        return 1
    directory.mkdir()
    for name, content in {**snapshot, "outside": outside}.items():
        text = json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True)
        (directory / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    print(f"{directory}: {sum(map(len, snapshot.values()))} items")
    return 0


if __name__ == "__main__":
    sys.exit(main())
