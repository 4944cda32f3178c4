"""Whom the claims of a JWT stand for, once its signature has been verified."""

from datetime import datetime
from typing import Any, Final

import pytest

from chalicelib.domain.access.jwt_claims import Identity, JwtRules, identity_of, jwt_claim
from chalicelib.domain.errors import Untrusted
from tests.builders import NOON, after

RULES: Final = JwtRules(issuer="https://issuer.test/", audience="baton")


def claims(**changes: Any) -> dict[str, Any]:
    """Claims that an issuer makes at noon, for ten minutes. A claim that is None is left out."""
    made = {
        "iss": "https://issuer.test/",
        "aud": "baton",
        "sub": "user-1",
        "iat": seconds(NOON),
        "exp": seconds(after(600)),
        "tenant": "acme",
        "scope": "openid baton:operator",
        **changes,
    }
    return {name: value for name, value in made.items() if value is not None}


def seconds(instant: datetime) -> int:
    return int(instant.timestamp())


def refused(why: str, now: datetime = NOON, rules: JwtRules = RULES, **changes: Any) -> None:
    with pytest.raises(Untrusted, match=why):
        identity_of(claims(**changes), rules, now)


def test_sound_claims_name_a_tenant_a_person_and_a_scope() -> None:
    assert identity_of(claims(), RULES, NOON) == Identity(
        tenant_id="acme",
        name="user-1",
        actor_id=f"jwt:{RULES.issuer}|user-1",
        scope="operator",
        expires_at=after(660),
    )


@pytest.mark.parametrize(
    "issuer",
    [
        None,
        "https://issuer.test",
        "https://ISSUER.test/",
        "https://issuer.test//",
        1,
        ["https://issuer.test/"],
    ],
)
def test_only_the_very_issuer_counts(issuer: Any) -> None:
    refused("another issuer", iss=issuer)


@pytest.mark.parametrize(
    "audience", [None, "Baton", "baton2", "baton other", [], ["other"], {"baton": 1}, 1]
)
def test_a_token_for_others_is_refused(audience: Any) -> None:
    refused("another audience", aud=audience)


def test_one_of_several_audiences_is_enough() -> None:
    assert identity_of(claims(aud=["other", "baton"]), RULES, NOON).tenant_id == "acme"


def test_a_token_holds_until_its_end_and_a_minute_for_clocks_that_differ() -> None:
    assert identity_of(claims(exp=seconds(NOON)), RULES, after(59.999))
    refused("has expired", now=after(60), exp=seconds(NOON))


@pytest.mark.parametrize("name", ["nbf", "iat"])
def test_a_token_holds_from_its_start_less_a_minute(name: str) -> None:
    assert identity_of(claims(**{name: seconds(after(60))}), RULES, NOON)
    early: dict[str, Any] = {name: seconds(after(60))}
    refused("not valid yet", now=after(-0.001), **early)


def test_a_token_needs_no_start() -> None:
    assert identity_of(claims(iat=None), RULES, NOON)


def test_a_token_needs_an_end() -> None:
    refused("does not say when it expires", exp=None)


@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
@pytest.mark.parametrize(
    "value", ["1900000000", True, float("nan"), float("inf"), -1, 10**30, 253_370_764_800, [1], {}]
)
def test_what_is_no_time_is_refused(name: str, value: Any) -> None:
    refused(f"claim {name} is not a time", **{name: value})


def test_times_may_have_fractions() -> None:
    assert identity_of(claims(exp=seconds(NOON) + 0.5), RULES, after(60.4))
    refused("has expired", now=after(60.5), exp=seconds(NOON) + 0.5)


@pytest.mark.parametrize(
    "tenant", [None, "", 5, ["acme"], "../acme", "acme/other", "acme\n", "-acme", "a" * 101, "ünî"]
)
def test_a_token_without_a_tenant_is_refused(tenant: Any) -> None:
    refused("names no tenant", tenant=tenant)


@pytest.mark.parametrize(
    ("stated", "found"),
    [
        ("baton:viewer", "viewer"),
        ("baton:viewer baton:admin  openid", "admin"),
        (["baton:owner", "x"], "owner"),
        (["baton:viewer baton:admin"], ""),
        ([1, None, ["baton:owner"]], ""),
        ("operator", ""),
        ("", ""),
        (7, ""),
        ({"baton:owner": True}, ""),
        (None, ""),
    ],
)
def test_scopes_are_a_list_or_words(stated: Any, found: str) -> None:
    assert identity_of(claims(scope=stated), RULES, NOON).scope == found


def test_a_deployment_names_its_claims_and_maps_its_scopes() -> None:
    rules = JwtRules(
        issuer=RULES.issuer,
        audience=RULES.audience,
        tenant_claim="https://acme.test/tenant",
        scopes_claim="realm_access.roles",
        granted=(("schedulers", "operator"), ("bosses", "owner")),
    )
    made = claims(
        **{"https://acme.test/tenant": "umbrella", "realm_access": {"roles": ["schedulers"]}}
    )
    found = identity_of(made, rules, NOON)
    assert (found.tenant_id, found.scope) == ("umbrella", "operator")


@pytest.mark.parametrize(
    ("name", "value"),
    [("a", {"b": 1}), ("a.b", 1), ("c.d", 2), ("a.b.c", None), ("x", None), ("a.x", None)],
)
def test_a_claim_has_its_own_name_or_a_path(name: str, value: Any) -> None:
    assert jwt_claim({"a": {"b": 1}, "c.d": 2, "c": {"d": 3}}, name) == value


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"email": "ada@acme.test", "email_verified": True}, "ada@acme.test"),
        ({"email": "ada@acme.test", "email_verified": "true"}, "ada@acme.test"),
        ({"email": "ada@acme.test"}, "user-1"),
        ({"email": "ada@acme.test", "email_verified": 1}, "user-1"),
        ({"email": "ada@acme.test", "email_verified": False}, "user-1"),
        ({"email": "ada@acme.test", "email_verified": "false"}, "user-1"),
        ({"email": "", "email_verified": True}, "user-1"),
        ({"email": "a\x00da", "email_verified": True}, "user-1"),
        ({"email": "a\N{ZERO WIDTH SPACE}da", "email_verified": True}, "user-1"),
        ({"email": "Baton", "email_verified": True}, "user-1"),
        ({"email": "a" * 201, "email_verified": True}, "user-1"),
        ({"email": "a" * 200, "email_verified": True}, "a" * 200),
        ({"email": ["ada@acme.test"], "email_verified": True}, "user-1"),
    ],
)
def test_a_caller_is_called_by_an_address_the_issuer_stands_for(
    changes: dict[str, Any], name: str
) -> None:
    assert identity_of(claims(**changes), RULES, NOON).name == name


@pytest.mark.parametrize("sub", [None, "", 17, "a\nb"])
def test_a_token_of_nobody_is_refused(sub: Any) -> None:
    refused("does not say who", sub=sub)
