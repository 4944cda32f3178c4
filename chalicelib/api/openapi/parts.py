"""The parts of the API's description that routes share: problems, headers, security, and more."""

from typing import Any, Final

_DESCRIPTION: Final = """\
Baton runs scheduled work that must not overlap: on time, one at a time (or N), with a record of
everything that ran, waited, was skipped or failed.

* **Bodies** are JSON in UTF-8, at most 256 KiB. Unknown fields are refused, and nothing is
  converted silently: `"1"` is not 1.
* **Instants** are RFC 3339 in UTC with `Z`. Durations are in the unit of their name.
* **Errors** are `application/problem+json` with a stable `code`. A 422 names every wrong field.
* **Lists** are newest first. Send `next_cursor` back as `cursor` for the next page; null ends the
  list. With filters a page may be short, or empty, and still have a next one.
* **Changes** are merge patches: fields that are named change, and null resets a field to its
  default. With an `ETag` sent back as `If-Match`, a change is refused if somebody else has
  changed the resource in the meantime.
* **HEAD** is answered wherever GET is.
* **Scopes** are viewer, operator, admin and owner; each includes the ones before it. For what
  belongs to another tenant the answer is 404.
"""

INFO: Final = {"title": "Baton", "version": "1.0.0", "description": _DESCRIPTION}

TAGS: Final = {
    "schedules": "What runs, when and how.",
    "runs": "Executions: past, present and waiting.",
    "callbacks": "Reports of targets that call back, each with the token of one run.",
    "cadence": "Trying out when something would run.",
    "slot": "The slots that runs work in, and who holds them.",
    "pressure": "Signals that put scheduled work off while somebody works interactively.",
    "settings": "The deployment's settings.",
    "me": "Who is calling.",
    "tokens": "API tokens of the tenant: who may call, and what for.",
    "activity": "The record of who did what.",
    "audits": "Published content that stays alive only while someone wants it.",
    "notifications": "The tenant's inbox: what people should know, and what they are asked.",
    "service": "How the deployment is doing.",
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
    200: "The request was carried out.",
    CREATED: "It was created.",
    ACCEPTED: "It was accepted, and goes on from here.",
    NO_CONTENT: "It was removed.",
}
#: Status → name of the component, and when that is the answer.
_PROBLEMS: Final = {
    400: (
        "Malformed",
        "The request cannot be read: the body is not JSON in UTF-8, or the cursor or "
        "Idempotency-Key is damaged.",
    ),
    401: ("Unauthorized", "There is no valid bearer token."),
    403: ("Forbidden", "The token does not allow this."),
    404: ("NotFound", "There is no such resource in this tenant."),
    409: (
        "Conflict",
        "The resource is in a state that does not allow this, a limit of the tenant is reached, or "
        "the Idempotency-Key was used for another request.",
    ),
    412: ("Stale", "`If-Match` names another version: somebody changed it in the meantime."),
    413: ("TooLarge", "The body has more than 256 KiB."),
    415: ("UnsupportedMediaType", "The body has a content type that is not accepted here."),
    422: ("InvalidFields", "Some fields are not valid; `errors` names every one of them."),
    429: ("TooManyRequests", "Too many requests of your tenant; try again in a moment."),
    500: ("InternalError", "A fault of Baton's own; its log says more."),
    502: ("BadGateway", "An AWS service that Baton called refused."),
    503: ("Busy", "Storage is busy; try again."),
}
NAMES: Final = {status: name for status, (name, _) in _PROBLEMS.items()}
_PROBLEM_HEADERS: Final = {
    401: ("WWW-Authenticate",),
    409: ("Retry-After",),
    412: ("ETag",),
    429: ("Retry-After",),
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
        "description": "The version of the resource, to send back as `If-Match`.",
        "schema": {"type": "string"},
    },
    "BatonNextAfter": {
        "description": "Where to go on, with `after`, if there is more than one answer holds.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "Location": {
        "description": "The path of what was created.",
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
        "description": "`true` if this repeats the answer to an earlier request with this key.",
        "schema": {"type": "string", "const": "true"},
    },
}

PARAMETERS: Final[dict[str, Any]] = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "A key of your choice. The same request with the same key gets the first "
        "answer again for 24 hours; another body, path or query with it is a 409.",
        "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "description": "The `ETag` of the version to change; if it has changed since, a 412.",
        "schema": {"type": "string", "pattern": "^[ -~]+$"},
    },
}

ID: Final = {"type": "string", "pattern": "^[0-9A-HJKMNP-TV-Z]{26}$"}
NAME: Final = {"type": "string", "minLength": 1, "maxLength": 100}


def _public(name: str, summary: str, kind: str, schema: dict[str, Any]) -> dict[str, Any]:
    answer = {"description": "The answer.", "content": {kind: {"schema": schema}}}
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
#: The routes that need no token, and so are not made by `endpoint`.
PUBLIC: Final = {
    "/healthz": _public("healthz", "Whether the API answers at all", "application/json", _HEALTHY),
    "/v1/openapi.json": _public(
        "get_openapi", "This description", "application/json", {"type": "object"}
    ),
    "/docs": _public("get_docs", "This description, to read", "text/html", {"type": "string"}),
}
