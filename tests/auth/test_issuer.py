"""What a provider publishes is fetched with care: in time, in bounds, from where it should be."""

import json
from collections.abc import Sequence
from ipaddress import ip_network
from typing import Any, Final

import pytest

from chalicelib.oidc.issuer import MOST_BYTES, MOST_KEYS, NoDocument, published_keys
from chalicelib.outbound.guard import Guard, Refused
from chalicelib.outbound.http_client import Broken, TookTooLong
from chalicelib.platform.clock import Countdown
from tests.auth.provider import DISCOVERY, JWKS, Provider, jwk, page
from tests.targets.peer import Script, answers, drips, response, silence

LOOPBACK: Final = Guard((ip_network("127.0.0.0/8"),))


def fetched(issuer: Provider, seconds: float = 5.0, name: str = "") -> Sequence[Any]:
    return published_keys(name or issuer.issuer, LOOPBACK, Countdown(seconds))


def test_keys_are_where_the_discovery_document_says(issuer: Provider) -> None:
    assert fetched(issuer) == [jwk("first")]
    assert issuer.requested_paths == [DISCOVERY, JWKS]


def test_a_slash_at_the_end_belongs_to_the_issuer_and_not_to_the_path(issuer: Provider) -> None:
    name = f"{issuer.issuer}/"
    with pytest.raises(NoDocument, match="another issuer"):
        fetched(issuer, name=name)
    issuer.publish(jwk("first"), issuer=name)
    assert fetched(issuer, name=name) == [jwk("first")]


def test_an_issuer_may_have_a_path(issuer: Provider) -> None:
    name = f"{issuer.issuer}/realms/acme"
    issuer.publish(jwk("first"), issuer=name)
    issuer.pages[f"/realms/acme{DISCOVERY}"] = issuer.pages.pop(DISCOVERY)
    assert fetched(issuer, name=name) == [jwk("first")]


@pytest.mark.parametrize(
    "document",
    [{}, {"issuer": None}, {"issuer": "https://issuer.test"}],
)
def test_a_document_of_another_issuer_is_refused(issuer: Provider, document: Any) -> None:
    issuer.pages[DISCOVERY] = page({"jwks_uri": issuer.issuer + JWKS, **document})
    with pytest.raises(NoDocument):
        fetched(issuer)
    assert issuer.requested_paths == [DISCOVERY]


@pytest.mark.parametrize("place", [None, 5, ["x"]])
def test_a_document_without_a_place_for_keys_is_refused(issuer: Provider, place: Any) -> None:
    issuer.publish(jwk("first"), jwks_uri=place)
    with pytest.raises(NoDocument, match="jwks_uri"):
        fetched(issuer)


@pytest.mark.parametrize(
    "place",
    ["http://issuer.test/keys", "http://169.254.169.254/keys", "file:///etc/passwd", "/keys", ""],
)
def test_keys_are_not_fetched_from_where_they_could_be_replaced(
    issuer: Provider, place: str
) -> None:
    issuer.publish(jwk("first"), jwks_uri=place)
    with pytest.raises(Refused):
        fetched(issuer)


@pytest.mark.parametrize(
    "name", ["http://issuer.test", "http://93.184.216.34", "ftp://issuer.test"]
)
def test_an_issuer_has_to_be_https(name: str) -> None:
    with pytest.raises(Refused):
        published_keys(name, LOOPBACK, Countdown(1))


def test_plain_http_is_for_networks_the_deployment_allows(issuer: Provider) -> None:
    with pytest.raises(Refused):
        published_keys(issuer.issuer, Guard(), Countdown(1))
    assert issuer.requested_paths == []


@pytest.mark.parametrize("where", [DISCOVERY, JWKS])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'{"keys":' + b"[" * 100_000,
        b'{"keys": "' + b"x" * MOST_BYTES + b'"}',
    ],
)
def test_garbage_is_refused(issuer: Provider, where: str, body: bytes) -> None:
    issuer.pages[where] = answers(response(200, body))
    with pytest.raises(NoDocument):
        fetched(issuer)


@pytest.mark.parametrize("keys", [None, {}, "keys", [], [jwk("first")] * (MOST_KEYS + 1)])
def test_a_key_set_holds_some_keys_and_not_too_many(issuer: Provider, keys: Any) -> None:
    issuer.pages[JWKS] = page({"keys": keys})
    with pytest.raises(NoDocument, match="key set"):
        fetched(issuer)


def test_a_document_may_be_as_large_as_the_bound(issuer: Provider) -> None:
    body = json.dumps({"keys": [jwk("first")]}).encode()
    issuer.pages[JWKS] = answers(response(200, body + b" " * (MOST_BYTES - len(body))))
    assert fetched(issuer) == [jwk("first")]


@pytest.mark.parametrize("status", [204, 301, 302, 404, 429, 500, 503])
def test_only_200_is_an_answer(issuer: Provider, status: int) -> None:
    issuer.pages[JWKS] = answers(response(status, b"{}", Location=issuer.issuer + "/elsewhere"))
    with pytest.raises(NoDocument, match=str(status)):
        fetched(issuer)
    assert issuer.requested_paths == [DISCOVERY, JWKS]


@pytest.mark.parametrize("where", [DISCOVERY, JWKS])
@pytest.mark.parametrize(
    "script", [silence, drips(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b" ")]
)
def test_who_answers_too_slowly_is_not_waited_for(
    issuer: Provider, where: str, script: Script
) -> None:
    issuer.pages[where] = script
    with pytest.raises(TookTooLong):
        fetched(issuer, seconds=0.3)


def test_who_hangs_up_has_not_answered(issuer: Provider) -> None:
    issuer.pages[JWKS] = answers(b"")
    with pytest.raises(Broken):
        fetched(issuer)


@pytest.mark.parametrize("where", [DISCOVERY, JWKS])
def test_a_document_that_breaks_off_is_refused(issuer: Provider, where: str) -> None:
    """Also if what came of it is sound JSON."""
    body = issuer_document(issuer, where)
    raw = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (len(body) + 1) + body
    issuer.pages[where] = answers(raw)
    with pytest.raises(NoDocument, match="cannot be read"):
        fetched(issuer)


def issuer_document(issuer: Provider, where: str) -> bytes:
    """What the issuer publishes there."""
    published = {"issuer": issuer.issuer, "jwks_uri": issuer.issuer + JWKS}
    return json.dumps(published if where == DISCOVERY else {"keys": [jwk("first")]}).encode()


def test_an_interim_answer_is_passed_over(issuer: Provider) -> None:
    body = issuer_document(issuer, JWKS)
    hints = b"HTTP/1.1 103 Early Hints\r\n\r\n"
    issuer.pages[JWKS] = answers(hints + response(200, body))
    assert fetched(issuer) == [jwk("first")]
