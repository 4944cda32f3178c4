"""What handlers answer with, where a value alone does not say it all."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from typing_extensions import TypedDict

from chalicelib.api.http.request import Request
from chalicelib.store.dynamodb.paging import Page

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """A body with headers of its own."""

    body: T
    headers: Mapping[str, str] = field(default_factory=dict)


class Listing(TypedDict, Generic[T]):
    """Some items, newest first, and the cursor of the page after them."""

    items: list[T]
    next_cursor: str | None


def listing(page: Page[Any], items: list[T]) -> Listing[T]:
    """A page as clients see it."""
    return {"items": items, "next_cursor": page.next_cursor}


def tagged(body: T, etag: str) -> Answer[T]:
    """The body, and the tag that `If-Match` compares."""
    return Answer(body, {"ETag": etag})


def created(request: Request[Any, Any], body: T, path: str, etag: str | None = None) -> Answer[T]:
    """The body, and where to find what was made (`/v1/…`, without API Gateway's stage)."""
    tags = {} if etag is None else {"ETag": etag}
    return Answer(body, {"Location": request.base_path + path, **tags})


def etag_of(definition: Mapping[str, Any]) -> str:
    """A strong entity tag of what clients may write of a resource.

    What Baton itself goes on writing (averages, the next fire time) leaves it as it is: a run in
    between does not make an edit stale.
    """
    text = json.dumps(definition, sort_keys=True, separators=(",", ":"))
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:20]}"'
