"""The API describes itself: completely, validly, and as it really answers."""

import json
from typing import Any, Final

import pytest
from openapi_schema_validator import OAS31Validator, oas31_format_checker
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from app import app
from chalicelib.api.http.routes import ROUTES, Route
from chalicelib.api.openapi.document import document
from tests.api_client import Api
from tests.harness import Stack

#: What has to be asked for.
_QUERIES: Final = {"/v1/budget-suggestion": "?name=drill"}
EVERYWHERE = {"401", "403", "422", "429", "500", "503"}


@pytest.fixture
def described() -> dict[str, Any]:
    assert app.routes  # They make themselves known when the app is imported.
    return {**document(), "servers": [{"url": "/"}]}


def operation(described: dict[str, Any], route: Route) -> dict[str, Any]:
    return dict(described["paths"][route.path][route.method.lower()])


def validator(schema: dict[str, Any]) -> OAS31Validator:
    """A validator that resolves `#/components/…`."""
    whole = Resource.from_contents({**document(), **schema}, default_specification=DRAFT202012)
    registry: Registry[Any] = Registry().with_resource("urn:api", whole)
    return OAS31Validator(
        {"$id": "urn:api", **document(), **schema},
        registry=registry,
        format_checker=oas31_format_checker,
    )


def test_the_description_is_valid_openapi(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.1")
    assert [error.message for error in OpenAPIV31SpecValidator(described).iter_errors()] == []


def test_it_describes_every_route_and_nothing_else(stack: Stack, described: dict[str, Any]) -> None:
    served = {
        (path, method.lower())
        for path, methods in app.routes.items()
        for method in methods
        if method not in ("HEAD", "OPTIONS")
        and (path.startswith("/v1/") or path in ("/healthz", "/docs"))
    }
    described_routes = {
        (path, method) for path, one in described["paths"].items() for method in one
    }
    assert described_routes == served


def test_wherever_get_is_head_is() -> None:
    with_get = {path for path, methods in app.routes.items() if "GET" in methods}
    with_head = {path for path, methods in app.routes.items() if "HEAD" in methods}
    assert with_get == with_head != set()


def test_operations_have_unique_names_tags_and_sentences(described: dict[str, Any]) -> None:
    operations = [one for path in described["paths"].values() for one in path.values()]
    names = [one["operationId"] for one in operations]
    assert len(set(names)) == len(names)
    assert all(one["summary"] and one["description"] for one in operations)
    tags = {tag["name"] for tag in described["tags"]}
    assert all(set(one["tags"]) <= tags for one in operations)


def test_every_operation_names_every_status_it_may_have(described: dict[str, Any]) -> None:
    for route in ROUTES:
        one = operation(described, route)
        statuses = set(one["responses"])
        names = {parameter.get("name") for parameter in one["parameters"]}
        wanted = EVERYWHERE | {str(route.status), *map(str, route.problems)}
        wanted |= {"400", "413", "415"} if route.method in ("POST", "PUT", "PATCH") else set()
        wanted |= {"404"} if "_id}" in route.path else set()
        wanted |= {"400"} if "cursor" in names else set()
        wanted |= {"409"} if route.repeatable else set()
        wanted |= {"412"} if route.guarded else set()
        wanted |= {str(status) for status in route.also}
        assert statuses == wanted, route.path


def test_every_problem_is_problem_json(described: dict[str, Any]) -> None:
    for name, response in described["components"]["responses"].items():
        assert list(response["content"]) == ["application/problem+json"], name


def test_every_operation_names_the_scope_it_needs(described: dict[str, Any]) -> None:
    for route in ROUTES:
        one = operation(described, route)
        assert one["x-required-scope"] == route.scope
        assert one["security"] == [{"runToken" if route.scope == "run" else "bearer": []}]
    for path in ("/healthz", "/v1/openapi.json", "/docs"):
        assert described["paths"][path]["get"]["security"] == []


def test_headers_that_clients_send_are_described(described: dict[str, Any]) -> None:
    for route in ROUTES:
        sent = {one["$ref"] for one in operation(described, route)["parameters"] if "$ref" in one}
        assert ("#/components/parameters/IdempotencyKey" in sent) == (
            route.repeatable or route.keyed
        )
        assert ("#/components/parameters/IfMatch" in sent) == route.guarded


def test_a_patch_takes_any_part_and_null(described: dict[str, Any]) -> None:
    patch = validator({"$ref": "#/components/schemas/SchedulePatch"})
    assert patch.is_valid({})
    assert patch.is_valid({"name": None, "retry": {"delay_seconds": 5, "backoff": None}})
    assert patch.is_valid({"cadence": {"expression": "* * * * *"}})
    assert not patch.is_valid({"status": "paused"})
    assert not patch.is_valid({"priority": "5"})
    content = described["paths"]["/v1/schedules/{schedule_id}"]["patch"]["requestBody"]["content"]
    assert list(content) == ["application/merge-patch+json", "application/json"]


def test_examples_are_what_they_are_examples_of(described: dict[str, Any]) -> None:
    seen = 0
    for path in described["paths"].values():
        for one in path.values():
            sent = one.get("requestBody", {}).get("content", {})
            got = [response.get("content", {}) for response in one["responses"].values()]
            for content in [kind for kinds in (sent, *got) for kind in kinds.values()]:
                values = [each["value"] for each in content.get("examples", {}).values()]
                values += [content["example"]] if "example" in content else []
                for value in values:
                    errors = list(validator(content["schema"]).iter_errors(value))
                    assert not errors, (one["operationId"], errors[0].message)
                    seen += 1
    assert seen > 20


def closed(part: Any) -> Any:
    """The description with every object saying that it has no more fields than those it names."""
    if isinstance(part, list):
        return [closed(one) for one in part]
    if not isinstance(part, dict):
        return part
    whole = {name: closed(value) for name, value in part.items()}
    return {"additionalProperties": False, **whole} if "properties" in part else whole


def test_no_field_of_an_answer_is_left_undescribed(api: Api, stack: Stack) -> None:
    """Nor is a field described that is not there, or is of another kind."""
    schedule = api.create(cadence={"type": "interval", "seconds": 600}, tags=["a"])
    run = api.start(schedule)
    stack.run_for(700)
    stack.http("PUT", "/v1/pressure/x", {"ttl_seconds": 60}, token=stack.operator)
    stack.http("POST", "/v1/audits", {"title": "A"}, token=stack.operator)
    known = {"schedule_id": schedule["id"], "run_id": run["id"]}
    looked_at = 0
    for route in ROUTES:
        path = route.path
        for name, value in known.items():
            path = path.replace(f"{{{name}}}", value)
        if route.method != "GET" or "{" in path:
            continue
        answer = stack.http("GET", path + _QUERIES.get(path, ""), token=stack.owner)
        assert answer.status == 200, (path, answer.body)
        if route.media_type != "application/json":
            assert answer.headers["content-type"] == route.media_type
            continue
        content = operation(document(), route)["responses"]["200"]["content"]["application/json"]
        strict = validator({**closed(document()), **closed(content["schema"])})
        assert [error.message for error in strict.iter_errors(answer.json)] == [], path
        looked_at += 1
    assert looked_at >= 15


def test_the_server_is_where_the_request_came_to(stack: Stack) -> None:
    event = {
        "requestContext": {
            "httpMethod": "GET",
            "resourcePath": "/v1/openapi.json",
            "path": "/api/v1/openapi.json",
        },
        "headers": {},
        "pathParameters": {},
        "stageVariables": {},
        "multiValueQueryStringParameters": None,
        "body": None,
    }
    assert json.loads(stack.app(event, None)["body"])["servers"] == [{"url": "/api"}]
    plain = stack.http("GET", "/v1/openapi.json")
    assert plain.json == {**document(), "servers": [{"url": "/"}]}


@pytest.mark.parametrize("path", ["/v1/openapi.json", "/docs"])
def test_public_pages_are_cached_and_asked_for_anew(stack: Stack, path: str) -> None:
    first = stack.http("GET", path)
    assert first.headers["cache-control"] == "public, max-age=300"
    assert first.headers["x-content-type-options"] == "nosniff"
    etag = first.headers["etag"]
    for known in (etag, f'"other", W/{etag}', "*"):
        again = stack.http("GET", path, headers={"If-None-Match": known})
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", etag)
    other = stack.http("GET", path, headers={"If-None-Match": '"other"'})
    assert (other.status, other.body) == (200, first.body)


def test_describing_costs_a_cold_start_nothing() -> None:
    import subprocess
    import sys

    code = "import sys, app; print('chalicelib.api.openapi' in sys.modules)"
    done = subprocess.run(  # noqa: S603  # our own interpreter
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
