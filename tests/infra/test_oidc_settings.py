"""What a deployment says about JWTs reaches the one function that judges them."""

from typing import Any

import pytest

from chalicelib.domain.access.jwt_claims import JwtRules
from chalicelib.platform import config
from infra.template import of_type

NAMED = {"BATON_OIDC_ISSUER": "https://issuer.test/", "BATON_OIDC_AUDIENCE": "baton"}


def test_only_the_authorizer_is_told(sam: dict[str, Any]) -> None:
    told = {
        name: {variable for variable in _variables(function) if "OIDC" in variable}
        for name, function in of_type(sam, "AWS::Serverless::Function").items()
    }
    assert told.pop("Authorizer") == {
        *NAMED,
        "BATON_OIDC_TENANT_CLAIM",
        "BATON_OIDC_SCOPES_CLAIM",
        "BATON_OIDC_SCOPES",
    }
    assert not any(told.values())


def test_defaults_of_the_template_are_those_of_the_code(sam: dict[str, Any]) -> None:
    names = {
        "BATON_OIDC_TENANT_CLAIM": "OidcTenantClaim",
        "BATON_OIDC_SCOPES_CLAIM": "OidcScopesClaim",
        "BATON_OIDC_SCOPES": "OidcScopes",
    }
    defaults = {key: sam["Parameters"][name]["Default"] for key, name in names.items()}
    rules = config.from_environment({**NAMED, **defaults}).oidc
    assert rules == JwtRules(issuer="https://issuer.test/", audience="baton")
    assert rules == config.from_environment(NAMED).oidc


def test_without_an_issuer_there_are_no_jwts() -> None:
    assert config.from_environment({}).oidc is None


@pytest.mark.parametrize("name", sorted(NAMED))
def test_half_of_it_is_logged_and_none_is_taken(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("WARNING", "baton"):
        assert config.from_environment({name: NAMED[name]}).oidc is None
    [other] = set(NAMED) - {name}
    assert [record.fields["variable"] for record in caplog.records] == [other]  # type: ignore[attr-defined]  # events adds it


def test_a_deployment_maps_its_own_names() -> None:
    rules = config.from_environment(
        {
            **NAMED,
            "BATON_OIDC_TENANT_CLAIM": "org_id",
            "BATON_OIDC_SCOPES_CLAIM": "permissions",
            "BATON_OIDC_SCOPES": " https://x.test/?a=b=admin, see=viewer ,",
        }
    ).oidc
    assert rules == JwtRules(
        issuer="https://issuer.test/",
        audience="baton",
        tenant_claim="org_id",
        scopes_claim="permissions",
        granted=(("https://x.test/?a=b", "admin"), ("see", "viewer")),
    )


def test_a_pair_that_is_none_grants_nothing_and_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    pairs = "see=viewer,all,=owner,boss=root"
    with caplog.at_level("WARNING", "baton"):
        rules = config.from_environment({**NAMED, "BATON_OIDC_SCOPES": pairs}).oidc
    assert rules is not None
    assert rules.granted == (("see", "viewer"),)
    assert len(caplog.records) == 3


def _variables(function: dict[str, Any]) -> dict[str, Any]:
    return dict(function.get("Environment", {}).get("Variables", {}))
