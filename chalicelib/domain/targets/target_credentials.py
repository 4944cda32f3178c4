"""Credentials that stand in a target's headers as plain text, as targets of earlier releases may.

New ones are refused, for a secret has a name and its value is kept elsewhere. Those that are there
go on working, and nobody is shown them.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

#: What is shown instead of such a value. A client that sends it back leaves the value as it is.
HIDDEN: Final = "[secret]"
#: Headers whose value opens doors, by their names in lower case.
_CREDENTIAL: Final = re.compile(
    r"(.*-)?(authorization|cookie|token|secret|password|passwd|credentials?|signature"
    r"|api-?key|access-?key|auth-?key|auth|apikey)"
)


def is_credential(header: str) -> bool:
    """Whether the value of a header of that name is a credential."""
    return _CREDENTIAL.fullmatch(header.lower().replace("_", "-")) is not None


def literals(target: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The headers of a target that hold a credential as plain text: name and value."""
    headers = target.get("headers")
    for name, value in headers.items() if isinstance(headers, Mapping) else ():
        if isinstance(value, str) and is_credential(name):
            yield name, value


def hidden(target: Mapping[str, Any]) -> Mapping[str, Any]:
    """The target as it is shown, with `HIDDEN` in place of credentials in plain text."""
    found = dict.fromkeys((name for name, _ in literals(target)), HIDDEN)
    return {**target, "headers": {**target["headers"], **found}} if found else target


def restored(target: Any, before: Mapping[str, Any]) -> Any:
    """A target that a client sends, with the values that it was not shown.

    `before` is the target as it was: what is hidden in both stays as it is there.
    """
    if not isinstance(target, Mapping) or not isinstance(target.get("headers"), Mapping):
        return target
    known = dict(literals(before))
    headers = {
        name: known.get(name, value) if value == HIDDEN else value
        for name, value in target["headers"].items()
    }
    return {**target, "headers": headers}
