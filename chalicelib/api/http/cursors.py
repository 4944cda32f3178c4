"""Cursors as clients get them: good for the tenant, the list and the filters they were made for.

Inside is the position in the list, which names nothing but the tenant's own. It needs no key:
whoever makes up a cursor gets to another place of a list they may read anyway.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from chalicelib.api.schemas.base import Query
from chalicelib.store.dynamodb.paging import BadCursor

_TAG_LENGTH: Final = 12
#: What may differ from page to page of one list.
_NOT_BOUND: Final = {"cursor", "limit"}


def binding(tenant_id: str, path: str, path_values: Mapping[str, str], query: Query) -> str:
    """What a cursor is bound to, as a short text: the same for all pages of one list."""
    filters = query.model_dump(mode="json", exclude=_NOT_BOUND)
    text = json.dumps([tenant_id, path, dict(path_values), filters], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_TAG_LENGTH]


def bound(answer: Any, tag: str) -> Any:
    """The answer, whose `next_cursor`, if it has one, is bound."""
    if isinstance(answer, dict) and answer.get("next_cursor"):
        return {**answer, "next_cursor": f"{answer['next_cursor']}.{tag}"}
    return answer


def position(query: Query, tag: str) -> Query:
    """The query with the bare position in place of its cursor. Raises `BadCursor`.

    Cursors of earlier releases are bare.
    """
    cursor = getattr(query, "cursor", None)
    if cursor is None or "." not in cursor:
        return query
    inner, _, its_tag = cursor.rpartition(".")
    if its_tag != tag:
        raise BadCursor
    return query.model_copy(update={"cursor": inner})
