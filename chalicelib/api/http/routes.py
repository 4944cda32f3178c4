"""Routes: what each takes and answers, read from the signature of its handler."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, get_args, get_origin, get_type_hints

from chalicelib.api.http.answer import Answer
from chalicelib.api.http.auth import RUN
from chalicelib.api.http.request import MergePatch
from chalicelib.api.schemas.base import Query

_JSON: Final = ("application/json",)
_PATCH: Final = ("application/merge-patch+json", "application/json")

Handler = Callable[..., Any]


@dataclass(frozen=True)
class Route:
    """One endpoint.

    `problems` are the statuses of errors that it may answer with besides those that all share.
    A `repeatable` one creates something and honours `Idempotency-Key`; a `guarded` one honours
    `If-Match`. Fields of the answer that are `shown_once` are not kept for repeated requests:
    they are null when the answer is given again. A `keyed` one takes the key as the name of who
    asks. `also` has the types of answers with another status. An `expensive` one looks at much. One
    that is not `for_people` is called by machines alone: no page of another origin may. What it
    answers with is of that media type; other than JSON, its handler answers with text.
    """

    method: str
    path: str
    scope: str
    handler: Handler
    status: int
    problems: tuple[int, ...]
    repeatable: bool
    guarded: bool
    shown_once: tuple[str, ...] = ()
    expensive: bool = False
    for_people: bool = True
    media_type: str = "application/json"
    keyed: bool = False
    also: Mapping[int, Any] = field(default_factory=dict)

    @cached_property
    def takes(self) -> tuple[Any, type[Query]]:
        """The models of the body and the query, from the handler's signature."""
        request, *_ = get_type_hints(self.handler).values()
        body, query = get_args(request)
        return body, query

    @cached_property
    def answers(self) -> Any:
        """The type of the answer's body, from the handler's signature."""
        returned = get_type_hints(self.handler)["return"]
        return get_args(returned)[0] if get_origin(returned) is Answer else returned

    @cached_property
    def patches(self) -> bool:
        """Whether the body is a merge patch."""
        return get_origin(self.takes[0]) is MergePatch

    @property
    def for_browsers(self) -> bool:
        """Whether pages of origins that the deployment lists may call it."""
        return self.for_people and self.scope != RUN

    @property
    def makes_tokens(self) -> bool:
        """Whether its answer has the secret of an API token."""
        return "secret" in self.shown_once

    @property
    def throttled_as(self) -> str | None:
        """The kind of request that counts when too many hold a tenant back; None if none is.

        Runs that call back are never held back: their leases hang on it.
        """
        if self.scope == RUN:
            return None
        if self.expensive:
            return "expensive_read"
        return None if self.method == "GET" else "write"

    @property
    def has_body(self) -> bool:
        """Whether the body of a request is read at all."""
        return self.method not in ("GET", "DELETE")

    @property
    def may_be_empty(self) -> bool:
        """Whether the body may be left out: no field of it is required."""
        return not self.patches and not any(
            field.is_required() for field in self.takes[0].model_fields.values()
        )

    @property
    def content_types(self) -> tuple[str, ...]:
        """The content types the body may have, the preferred one first."""
        return _PATCH if self.patches else _JSON


#: Every endpoint, in the order they were made.
ROUTES: Final[list[Route]] = []
