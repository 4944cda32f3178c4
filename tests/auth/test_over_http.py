"""JWTs over HTTP, beside Baton's own tokens."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.auth.provider import JWKS, Provider, jwk, signed
from tests.harness import Answer, Stack
from tests.targets.peer import answers, response


@pytest.fixture
def deployment(issuer: Provider) -> Iterator[Stack]:
    """A deployment that takes the provider's JWTs."""
    with Stack(allow_targets=["127.0.0.0/8"], oidc=issuer.rules) as running:
        yield running


def slot(deployment: Stack, token: str) -> Answer:
    return deployment.http("GET", "/v1/slot", token=token)


def test_a_jwt_opens_what_its_scope_allows(deployment: Stack, issuer: Provider) -> None:
    token = signed(issuer.claims(deployment.now))
    assert slot(deployment, token).status == 200
    refused = deployment.http("PATCH", "/v1/settings", {}, token=token)
    assert (refused.status, refused.json["code"]) == (403, "forbidden")


def test_a_jwt_reaches_its_own_tenant_only(deployment: Stack, issuer: Provider) -> None:
    definition = {
        "name": "Theirs",
        "cadence": {"type": "manual"},
        "target": {"type": "function", "name": "drill", "params": {}},
    }
    token = signed(issuer.claims(deployment.now))
    made = deployment.http("POST", "/v1/schedules", definition, token=token)
    assert made.status == 201
    others = signed(issuer.claims(deployment.now, tenant="umbrella"))
    assert deployment.http("GET", made.headers["location"], token=token).status == 200
    assert deployment.http("GET", made.headers["location"], token=others).status == 404


def test_what_a_bearer_does_is_recorded_by_name(deployment: Stack, issuer: Provider) -> None:
    token = signed(issuer.claims(deployment.now, scope="baton:admin"))
    deployment.http("POST", "/v1/tokens", {"name": "ci", "scopes": ["viewer"]}, token=token)
    [activity] = deployment.http("GET", "/v1/activity", token=token).json["items"]
    assert (activity["action"], activity["actor"]) == ("token_created", "ada@acme.test")


def test_a_jwt_without_a_scope_of_ours_is_known_and_may_nothing(
    deployment: Stack, issuer: Provider
) -> None:
    answer = slot(deployment, signed(issuer.claims(deployment.now, scope="openid")))
    assert (answer.status, answer.json["detail"]) == (
        403,
        "This needs the scope viewer; yours is none.",
    )


def test_a_bad_jwt_is_401_and_says_why(deployment: Stack, issuer: Provider) -> None:
    answer = slot(deployment, signed(issuer.claims(deployment.now, aud="other")))
    assert (answer.status, answer.json["code"]) == (401, "unauthorized")
    assert answer.json["detail"] == "The token is for another audience."
    assert answer.headers["www-authenticate"].startswith('Bearer error="invalid_token"')


def test_an_issuer_that_is_away_is_503_and_not_401(deployment: Stack, issuer: Provider) -> None:
    issuer.pages[JWKS] = answers(response(500))
    token = signed(issuer.claims(deployment.now))
    answer = slot(deployment, token)
    assert (answer.status, answer.json["code"]) == (503, "unverifiable")
    assert answer.headers["retry-after"] == "60"
    issuer.publish(jwk("first"))
    deployment.advance(60)
    assert slot(deployment, token).status == 200


def test_own_tokens_work_while_the_issuer_is_away(deployment: Stack, issuer: Provider) -> None:
    issuer.pages.clear()
    assert slot(deployment, deployment.viewer).status == 200
    assert issuer.requested_paths == []


def test_without_an_issuer_a_jwt_is_just_no_token(stack: Stack, issuer: Provider) -> None:
    answer = slot(stack, signed(issuer.claims(stack.now)))
    assert (answer.status, answer.json["detail"]) == (401, "The token is not valid.")
    assert issuer.requested_paths == []


def test_an_issuer_inside_is_not_asked_unless_the_deployment_allows_it(issuer: Provider) -> None:
    with Stack(oidc=replace(issuer.rules, tenant_claim="org")) as running:
        assert slot(running, signed(issuer.claims(running.now))).status == 503
    assert issuer.requested_paths == []


def test_cryptography_is_loaded_only_where_jwts_come() -> None:
    """In a process of its own, as a Lambda without an issuer is."""
    script = (
        "import sys\n"
        "from tests.harness import Stack\n"
        "with Stack() as running:\n"
        "    for name in [name for name in sys.modules if name.startswith('jwt')]:\n"
        "        del sys.modules[name]\n"
        "    answer = running.http('GET', '/v1/slot', token=running.viewer)\n"
        "    assert answer.status == 200\n"
        "    assert running.http('GET', '/v1/slot', token='a.b.c').status == 401\n"
        "    assert 'jwt' not in sys.modules and 'chalicelib.oidc' not in sys.modules\n"
    )
    done = subprocess.run(  # noqa: S603  # our own interpreter
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
