"""Pages of other origins, on the artefact: preflights without a token, answers they can read."""

import pytest

from infra.stack import Answer
from tests.e2e.conftest import ORIGINS, Deployment

ALLOWED = "Access-Control-Allow-Origin"
UNLISTED = "https://evil.test"


def of_origin(answer: Answer) -> str | None:
    return answer.headers.get(ALLOWED)


@pytest.mark.parametrize("origin", ORIGINS, ids=["first", "second"])
def test_a_listed_origin_asks_without_a_token_and_reads_what_it_gets(
    local_stack: Deployment, origin: str
) -> None:
    page = {"Origin": origin}
    asking = {**page, "Access-Control-Request-Method": "PATCH"}
    allowed = local_stack.http("OPTIONS", "/v1/settings", token=None, headers=asking)
    assert (allowed.status, of_origin(allowed)) == (204, origin)
    assert "PATCH" in allowed.headers["Access-Control-Allow-Methods"]
    for path, token, status in (
        ("/v1/schedules", local_stack.token, 200),
        ("/v1/schedules/x", local_stack.token, 404),
        ("/v1/schedules", "nonsense", 401),
    ):
        answer = local_stack.http("GET", path, token=token, headers=page)
        assert (answer.status, of_origin(answer)) == (status, origin)
        assert "Origin" in answer.headers["Vary"]


def test_the_first_origin_reads_what_api_gateway_answers(local_stack: Deployment) -> None:
    for path, status in (("/v1/schedules", 401), ("/v1/nothing", 404)):
        answer = local_stack.http("GET", path, token=None, headers={"Origin": ORIGINS[0]})
        assert (answer.status, of_origin(answer)) == (status, ORIGINS[0])


def test_another_origin_reads_nothing(local_stack: Deployment) -> None:
    page = {"Origin": UNLISTED}
    asking = {**page, "Access-Control-Request-Method": "GET"}
    asked = local_stack.http("OPTIONS", "/v1/schedules", token=None, headers=asking)
    read = local_stack.http("GET", "/v1/schedules", headers=page)
    refused = local_stack.http("GET", "/v1/schedules", token=None, headers=page)
    assert (asked.status, read.status, refused.status) == (204, 200, 401)
    assert UNLISTED not in {of_origin(asked), of_origin(read), of_origin(refused)}
    assert of_origin(asked) is None
    assert of_origin(read) is None
