"""What the description of the API says once: problems, headers, security, public pages."""

from typing import Any, Final

_DESCRIPTION: Final = """\
Baton runs scheduled work that must not overlap: on time, one at a time (or N), with a record of
everything that ran, waited, was skipped or failed.

* **Bodies** are JSON in UTF-8, at most 256 KiB. Unknown fields are refused, and nothing is
  converted silently: `"1"` is not 1.
* **Instants** are RFC 3339 in UTC with `Z`. Durations are in the unit of their name.
* **Errors** are `application/problem+json` with a stable `code`; a 422 names every wrong field.
* **Lists** are newest first. `next_cursor` leads to the next page; null ends the list. With
  filters a page may be short, or empty, and still have one after it.
* **Changes** are merge patches: what is named changes, null resets. An `ETag` sent back as
  `If-Match` refuses the change if somebody else was there first.
* **HEAD** is answered wherever GET is.
* **Scopes**: each of viewer, operator, admin and owner holds the ones before it. What belongs to
  another tenant is not there: 404.
"""

INFO: Final = {"title": "Baton", "version": "1.0.0", "description": _DESCRIPTION}

TAGS: Final = {
    "schedules": "What runs, when and how.",
    "runs": "Executions: past, present and waiting.",
    "callbacks": "What targets tell of their runs, with the token of that run alone.",
    "cadence": "Trying out when something would run.",
    "slot": "The places to run, and who holds them.",
    "pressure": "Signals that put scheduled work off while somebody works interactively.",
    "settings": "The deployment's settings.",
    "tokens": "API tokens of the tenant: who may call, and what for.",
    "activity": "Who did what.",
    "audits": "Published content that has to be looked at again.",
    "notifications": "What Baton wants people to know.",
    "service": "The service itself.",
}

SECURITY: Final = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API token, or a JWT of the configured issuer.",
    },
    "runToken": {
        "type": "http",
        "scheme": "bearer",
        "description": "The token that a run's target was given; good for that run alone.",
    },
}

PROBLEM: Final = {
    "title": "Problem",
    "description": "What is wrong with a request (RFC 9457). `code` is stable.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "code": {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"},
        "errors": {
            "type": "array",
            "minItems": 1,
            "items": {"$ref": "#/components/schemas/FieldError"},
        },
    },
}
FIELD_ERROR: Final = {
    "title": "FieldError",
    "description": "A wrong field: its path, and what is wrong with it.",
    "type": "object",
    "required": ["field", "message"],
    "properties": {
        "field": {"type": "string", "examples": ["cadence.expression"]},
        "message": {"type": "string"},
    },
}
CAPACITY_FULL: Final = {
    "title": "CapacityFull",
    "description": "Every slot is taken: who holds them, and when one should be free.",
    "allOf": [
        {"$ref": "#/components/schemas/Problem"},
        {
            "type": "object",
            "properties": {
                "slot_eta_seconds": {"type": "integer", "minimum": 0},
                "holders": {"type": "array", "items": {"$ref": "#/components/schemas/Holder"}},
            },
        },
    ],
}

SCHEMAS: Final[dict[str, dict[str, Any]]] = {
    "Problem": PROBLEM,
    "FieldError": FIELD_ERROR,
    "CapacityFull": CAPACITY_FULL,
}

CREATED: Final = 201
ACCEPTED: Final = 202
NO_CONTENT: Final = 204
SUCCESSES: Final = {
    200: "It is done.",
    CREATED: "It is made.",
    ACCEPTED: "It is taken on.",
    NO_CONTENT: "It is gone.",
}
#: Status → name of the component, and when it is answered.
_PROBLEMS: Final = {
    400: (
        "Malformed",
        "The request cannot be read: no JSON, no UTF-8, a damaged cursor or Idempotency-Key.",
    ),
    401: ("Unauthorized", "There is no valid bearer token."),
    403: ("Forbidden", "The token does not allow this."),
    404: ("NotFound", "There is no such resource in this tenant."),
    409: (
        "Conflict",
        "The resource is in a state that does not allow this, or the Idempotency-Key was used for "
        "another request.",
    ),
    412: ("Stale", "`If-Match` names another version: somebody else was there first."),
    413: ("TooLarge", "The body has more than 256 KiB."),
    415: ("UnsupportedMediaType", "The body is not of a type that is taken here."),
    422: ("InvalidFields", "Some fields are not valid; `errors` names every one of them."),
    429: ("TooManyRequests", "Too many requests; try again in a moment."),
    500: ("InternalError", "Baton failed."),
    502: ("BadGateway", "An AWS service that was asked did not take it."),
    503: ("Busy", "Storage is busy; try again."),
}
NAMES: Final = {status: name for status, (name, _) in _PROBLEMS.items()}
_PROBLEM_HEADERS: Final = {
    401: ("WWW-Authenticate",),
    409: ("Retry-After",),
    412: ("ETag",),
    503: ("Retry-After",),
}


def _problem(description: str, schema: str, headers: tuple[str, ...]) -> dict[str, Any]:
    content = {"schema": {"$ref": f"#/components/schemas/{schema}"}}
    named = {name: {"$ref": f"#/components/headers/{name.replace('-', '')}"} for name in headers}
    return {
        "description": description,
        **({"headers": named} if named else {}),
        "content": {"application/problem+json": content},
    }


#: Name → the response of each problem.
RESPONSES: Final = {
    name: _problem(description, "Problem", _PROBLEM_HEADERS.get(status, ()))
    for status, (name, description) in _PROBLEMS.items()
} | {"CapacityFull": _problem("Every slot is taken.", "CapacityFull", ("Retry-After",))}

HEADERS: Final[dict[str, Any]] = {
    "ETag": {
        "description": "The version of what clients write, for `If-Match`.",
        "schema": {"type": "string"},
    },
    "Location": {
        "description": "The path of what was made.",
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "RetryAfter": {
        "description": "After how many seconds to try again.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "WWWAuthenticate": {
        "description": "How to authenticate.",
        "schema": {"type": "string"},
    },
    "IdempotentReplayed": {
        "description": "`true` on the answer to an earlier request of the same Idempotency-Key.",
        "schema": {"type": "string", "const": "true"},
    },
}

PARAMETERS: Final[dict[str, Any]] = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "The same key and body within 24 hours get the first answer again; another "
        "body is a 409.",
        "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "description": "Change only this version; any other is a 412.",
        "schema": {"type": "string", "pattern": "^[ -~]+$"},
    },
}

ID: Final = {"type": "string", "pattern": "^[0-9A-HJKMNP-TV-Z]{26}$"}
NAME: Final = {"type": "string", "minLength": 1, "maxLength": 100}


def _public(name: str, summary: str, kind: str, schema: dict[str, Any]) -> dict[str, Any]:
    answer = {"description": "It is there.", "content": {kind: {"schema": schema}}}
    return {
        "get": {
            "operationId": name,
            "tags": ["service"],
            "summary": summary,
            "description": f"{summary}.\n\nNeeds no token.",
            "security": [],
            "responses": {"200": answer},
        }
    }


_HEALTHY: Final = {
    "type": "object",
    "required": ["status"],
    "properties": {"status": {"type": "string", "const": "ok"}},
}
#: What is not made by `endpoint`, for it asks for no token.
PUBLIC: Final = {
    "/healthz": _public("healthz", "Whether the API answers at all", "application/json", _HEALTHY),
    "/v1/openapi.json": _public(
        "get_openapi", "This description", "application/json", {"type": "object"}
    ),
    "/docs": _public("get_docs", "This description, to read", "text/html", {"type": "string"}),
}
