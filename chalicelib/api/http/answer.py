"""What handlers return when an answer needs more than its body: headers, pages, entity tags."""

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
    """A body with headers of its own, and with a status if that is not the route's."""

    body: T
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int | None = None


class Listing(TypedDict, Generic[T]):
    """Some items, newest first, and the cursor of the next page; null ends the list."""

    items: list[T]
    next_cursor: str | None


def listing(page: Page[Any], items: list[T]) -> Listing[T]:
    """The page with its items as the API shows them."""
    return {"items": items, "next_cursor": page.next_cursor}


def tagged(body: T, etag: str) -> Answer[T]:
    """The body with its entity tag, which `If-Match` is compared with."""
    return Answer(body, {"ETag": etag})


def created(request: Request[Any, Any], body: T, path: str, etag: str | None = None) -> Answer[T]:
    """The body of something new, with where to find it: `path` is `/v1/…`, without the stage."""
    headers = {"Location": request.base_path + path}
    return Answer(body, headers if etag is None else {**headers, "ETag": etag})


def etag_of(content: Mapping[str, Any]) -> str:
    """A strong entity tag of this content: all of a resource that a guarded change may overwrite.

    What Baton itself goes on writing (averages, the next fire time) does not belong to it, so that
    a run in between makes no edit stale.
    """
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:20]}"'
