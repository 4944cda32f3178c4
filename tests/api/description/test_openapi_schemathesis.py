"""The API keeps its own description's word, whatever schemathesis asks of it.

Every check of schemathesis is on. What is taken out of two of them:

* `positive_data_acceptance` also takes a 400 (a cursor that no list gave out) and a 422: what a
  JSON Schema cannot say (an expression that never fires, a function that is not there, a URL that
  leads nowhere) is checked as well;
* `negative_data_rejection` also takes a 412: an If-Match that is no tag is an old one.
"""

from collections.abc import Iterator
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.schemas import BaseSchema

from app import app
from chalicelib.api.http.routes import ROUTES
from tests.api.description.wsgi import application
from tests.api_client import Api
from tests.harness import Stack

#: One deployment serves them all, on one worker.
pytestmark = pytest.mark.xdist_group("openapi schemathesis")


EXAMPLES: Final = 8
_CHECKS: Final = {
    "positive_data_acceptance": {
        "expected-statuses": ["2xx", 400, 401, 403, 404, 409, 412, 422, 429]
    },
    "negative_data_rejection": {
        "expected-statuses": [400, 401, 403, 404, 405, 406, 409, 412, 413, 415, 422, 429]
    },
}
assert app.routes
OPERATIONS: Final = [f"{route.method} {route.path}" for route in ROUTES]


class Talk:
    """A deployment with a schedule and a run, and the description it gives of itself."""

    def __init__(self, stack: Stack) -> None:
        load_all_checks()
        api = Api(stack)
        schedule = api.create(name="Known")
        self.known = {"schedule_id": schedule["id"], "run_id": api.start(schedule)["id"]}
        self.headers = {"Authorization": f"Bearer {stack.owner}"}
        config = schemathesis.Config.from_dict({"checks": _CHECKS})
        self.schema: BaseSchema = schemathesis.openapi.from_wsgi(
            "/v1/openapi.json", application(stack), config=config
        )

    def operation(self, label: str) -> Any:
        method, _, path = label.partition(" ")
        return self.schema[path][method]

    def ask(self, label: str, mode: GenerationMode, known: dict[str, str]) -> None:
        """Ask for that operation in several ways, and check each answer in every way there is."""
        strategy = self.operation(label).as_strategy(
            generation_mode=mode, **({"path_parameters": known} if known else {})
        )

        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=strategy)
        def each(case: Any) -> None:
            case.call_and_validate(headers=self.headers)

        each()


@pytest.fixture(scope="module")
def talk() -> Iterator[Talk]:
    with Stack(capacity=5) as stack:
        yield Talk(stack)


@pytest.mark.parametrize("label", OPERATIONS)
def test_what_the_description_allows_is_answered_as_it_says(talk: Talk, label: str) -> None:
    known = {name: value for name, value in talk.known.items() if f"{{{name}}}" in label}
    talk.ask(label, GenerationMode.POSITIVE, known)


@pytest.mark.parametrize("label", OPERATIONS)
def test_what_the_description_forbids_is_refused(talk: Talk, label: str) -> None:
    talk.ask(label, GenerationMode.NEGATIVE, {})
