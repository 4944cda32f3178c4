"""JWTs of a real provider on the loopback: what is taken, and what is not."""

import base64
from datetime import timedelta
from ipaddress import ip_network
from typing import Any, Final

import pytest

from chalicelib.domain.errors import Untrusted
from chalicelib.oidc.verifier import ALGORITHMS, Verifier
from tests.auth.provider import Provider, encoded, forged, jwk, pem, signed
from tests.builders import NOON, after

LOOPBACK: Final = (ip_network("127.0.0.0/8"),)


@pytest.fixture
def verifier(issuer: Provider) -> Verifier:
    return Verifier.of_issuer(issuer.rules, LOOPBACK)


def refused(verifier: Verifier, token: str, why: str = "The token") -> None:
    with pytest.raises(Untrusted, match=why):
        verifier.verify(token, NOON)


def test_a_signed_token_speaks_for_its_bearer(issuer: Provider, verifier: Verifier) -> None:
    found = verifier.verify(signed(issuer.claims(NOON)), NOON)
    assert (found.tenant_id, found.name, found.scope) == ("acme", "ada@acme.test", "operator")
    assert found.expires_at == after(660)


@pytest.mark.parametrize("algorithm", sorted(ALGORITHMS))
def test_every_algorithm_that_is_taken_verifies(
    issuer: Provider, verifier: Verifier, algorithm: str
) -> None:
    issuer.publish(jwk("key", algorithm))
    assert verifier.verify(signed(issuer.claims(NOON), "key", algorithm), NOON)


def test_no_algorithm_has_a_shared_secret() -> None:
    assert {algorithm[:2] for algorithm in ALGORITHMS} == {"RS", "PS", "ES"}


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "", None, 5, ["RS256"], {}])
def test_an_unsigned_token_proves_nothing(
    issuer: Provider, verifier: Verifier, algorithm: Any
) -> None:
    token = forged(issuer.claims(NOON), {"alg": algorithm, "kid": "first", "typ": "JWT"})
    refused(verifier, token, "not signed with an algorithm that is taken|is not valid")
    assert issuer.requested_paths == []


@pytest.mark.parametrize("algorithm", ["HS256", "RS256"])
def test_a_public_key_is_no_shared_secret(
    issuer: Provider, verifier: Verifier, algorithm: str
) -> None:
    issuer.publish(jwk("key", "RS256"))
    header = {"alg": algorithm, "kid": "key"}
    refused(verifier, forged(issuer.claims(NOON), header, pem("key")), "not signed|signature")


def test_a_token_signed_by_another_key_of_the_same_name_is_refused(
    issuer: Provider, verifier: Verifier
) -> None:
    refused(verifier, signed(issuer.claims(NOON), "stranger", kid="first"), "signature")


def test_a_token_whose_claims_were_changed_is_refused(issuer: Provider, verifier: Verifier) -> None:
    header, _, signature = signed(issuer.claims(NOON)).split(".")
    claims = encoded(issuer.claims(NOON, tenant="umbrella"))
    refused(verifier, f"{header}.{claims}.{signature}", "signature")


def test_a_key_that_comes_with_the_token_is_not_looked_at(
    issuer: Provider, verifier: Verifier
) -> None:
    header: dict[str, Any] = {
        "jwk": jwk("stranger"),
        "jku": f"{issuer.issuer}/theirs",
        "kid": "first",
    }
    refused(verifier, signed(issuer.claims(NOON), "stranger", **header), "signature")
    assert "/theirs" not in issuer.requested_paths


@pytest.mark.parametrize(
    "changes",
    [
        {"alg": "ES384"},
        {"use": "enc"},
        {"crv": "P-384"},
        {"kty": "RSA"},
        {"kty": "oct", "k": "c2VjcmV0"},
        {"x": None},
        {"x": 5},
        {"x": "not base64!"},
        {"y": ""},
    ],
)
def test_a_key_that_does_not_fit_verifies_nothing(
    issuer: Provider, verifier: Verifier, changes: dict[str, Any]
) -> None:
    issuer.publish(jwk("first", **changes))
    refused(verifier, signed(issuer.claims(NOON)), "signature")


def test_a_key_says_no_more_than_it_must(issuer: Provider, verifier: Verifier) -> None:
    issuer.publish(jwk("first", use=None, alg=None))
    assert verifier.verify(signed(issuer.claims(NOON)), NOON)


def test_a_weak_key_verifies_nothing(issuer: Provider, verifier: Verifier) -> None:
    issuer.publish(jwk("weak", "RS256", bits=1024))
    with pytest.warns(match="below the minimum"):
        token = signed(issuer.claims(NOON), "weak", "RS256", bits=1024)
    refused(verifier, token, "signature")


def test_a_private_key_published_by_mistake_still_verifies_only(
    issuer: Provider, verifier: Verifier
) -> None:
    issuer.publish(jwk("first", d="AAAA"))
    assert verifier.verify(signed(issuer.claims(NOON)), NOON)


def test_one_broken_key_does_not_stop_the_others(issuer: Provider, verifier: Verifier) -> None:
    broken: Any = [5, None, {}, {"kid": "first"}, {"kid": ["first"]}]
    issuer.publish(*broken, jwk("first"))
    assert verifier.verify(signed(issuer.claims(NOON)), NOON)


def test_a_key_that_is_new_is_found(issuer: Provider, verifier: Verifier) -> None:
    verifier.verify(signed(issuer.claims(NOON)), NOON)
    issuer.publish(jwk("first"), jwk("second"))
    later = after(30)
    assert verifier.verify(signed(issuer.claims(later), "second"), later)
    assert verifier.verify(signed(issuer.claims(later), "first"), later)
    assert issuer.requested_paths == ["/.well-known/openid-configuration", "/keys"] * 2


def test_the_keys_are_fetched_once_for_many_tokens(issuer: Provider, verifier: Verifier) -> None:
    for number in range(5):
        verifier.verify(signed(issuer.claims(NOON, sub=f"user-{number}")), NOON)
    assert issuer.requested_paths == ["/.well-known/openid-configuration", "/keys"]


def test_the_issuer_is_not_asked_about_tokens_of_others(
    issuer: Provider, verifier: Verifier
) -> None:
    refused(verifier, signed(issuer.claims(NOON, iss="https://other.test")), "another issuer")
    assert issuer.requested_paths == []


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"aud": "other"}, "another audience"),
        ({"exp": int(NOON.timestamp()) - 60}, "has expired"),
        ({"nbf": int(NOON.timestamp()) + 61}, "not valid yet"),
        ({"tenant": None}, "names no tenant"),
    ],
)
def test_what_its_claims_lack_is_named_once_it_is_proven(
    issuer: Provider, verifier: Verifier, changes: dict[str, Any], why: str
) -> None:
    claims = issuer.claims(NOON, **changes)
    refused(verifier, signed(claims), why)
    refused(verifier, signed(claims, "stranger", kid="first"), "signature")


@pytest.mark.parametrize(
    "token",
    [
        "..",
        "a.b.c",
        "é.é.é",
        f"{encoded([])}.{encoded({})}.",
        f"{encoded({'alg': 'ES256'})}.{encoded([])}.AAAA",
        f"{encoded({'alg': 'ES256'})}.{encoded('text')}.AAAA",
        f"{encoded({'alg': 'ES256', 'kid': 5})}.{encoded({})}.AAAA",
        f"{encoded({'alg': 'ES256', 'crit': ['exp'], 'exp': 1})}.{encoded({})}.AAAA",
        f"{encoded({'alg': 'ES256', 'b64': False, 'crit': ['b64']})}.{encoded({})}.AAAA",
        "W" * 4000 + "." + "W" * 4000 + ".",
    ],
)
def test_what_is_no_token_is_refused(issuer: Provider, verifier: Verifier, token: str) -> None:
    refused(verifier, token)
    assert issuer.requested_paths == []


def test_a_token_nested_beyond_reason_is_refused(verifier: Verifier) -> None:
    deep = base64.urlsafe_b64encode(b"[" * 100_000).decode()
    refused(verifier, f"{deep}.{deep}.")
    refused(verifier, f"{encoded({'alg': 'ES256'})}.{deep}.AAAA")


def test_a_token_may_lack_a_key_id_where_there_is_one_key(
    issuer: Provider, verifier: Verifier
) -> None:
    assert verifier.verify(signed(issuer.claims(NOON), kid=None), NOON)


def test_skew_is_a_minute_at_either_end(issuer: Provider, verifier: Verifier) -> None:
    token = signed(issuer.claims(NOON))
    assert verifier.verify(token, NOON - timedelta(seconds=60))
    assert verifier.verify(token, after(659.999))
    with pytest.raises(Untrusted, match="expired"):
        verifier.verify(token, after(660))
