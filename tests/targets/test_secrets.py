"""Secrets, read from AWS by name, each tenant's apart."""

import re
from collections.abc import Iterator
from datetime import timedelta

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from chalicelib.domain.access.jwt_claims import TENANT
from chalicelib.platform import config
from chalicelib.platform.secrets import (
    DEPLOYMENT,
    KEPT_FOR,
    NoSuchSecret,
    Secrets,
    SecretsThrottled,
    SecretStore,
    SecretsUnavailable,
)
from tests.builders import MILLISECOND, NOON

STORES = pytest.mark.parametrize("store", ["ssm", "secretsmanager"])


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield


def put(store: SecretStore, path: str, value: str) -> None:
    """Keep a secret, or change it."""
    if store == "ssm":
        boto3.client("ssm").put_parameter(
            Name=f"/{path}", Value=value, Type="SecureString", Overwrite=True
        )
        return
    manager = boto3.client("secretsmanager")
    try:
        manager.create_secret(Name=path, SecretString=value)
    except manager.exceptions.ResourceExistsException:
        manager.put_secret_value(SecretId=path, SecretString=value)


@STORES
def test_a_secret_is_read_from_its_tenants_path(store: SecretStore) -> None:
    put(store, "blue/secrets/acme/crm-key", "value")
    assert Secrets("blue", store).read("acme", "crm-key", NOON) == "value"


ASTRAY = [
    ("blue", "other", "crm-key"),
    ("green", "acme", "crm-key"),
    ("blue", "acme", "crm"),
    ("blue", "acme", "CRM-KEY"),
    ("blue", "acme", "../acme/crm-key"),
    ("blue", "other", "../acme/crm-key"),
    ("blue", "other/../acme", "crm-key"),
    ("blue", "", "acme/crm-key"),
    ("blue", "acme", "crm-key:1"),
    ("blue", "acme", "crm-key\n"),
    ("blue", "acme", ""),
    ("blue", "secrets", "acme"),
]


@STORES
def test_no_other_name_or_tenant_leads_to_it(store: SecretStore) -> None:
    put(store, "blue/secrets/acme/crm-key", "value")
    deployments = {stack: Secrets(stack, store) for stack in ("blue", "green")}
    for stack, tenant, name in ASTRAY:
        with pytest.raises(NoSuchSecret):
            deployments[stack].read(tenant, name, NOON)


@STORES
def test_a_secret_is_looked_for_without_being_read(store: SecretStore) -> None:
    put(store, "blue/secrets/acme/crm-key", "value")
    secrets, asked = Secrets("blue", store), []
    for client in (secrets._ssm, secrets._manager):
        client.meta.events.register("before-call", lambda model, **_: asked.append(model.name))
    secrets.look_for("acme", "crm-key")
    assert asked == [{"ssm": "ListTagsForResource", "secretsmanager": "DescribeSecret"}[store]]


@STORES
def test_no_other_name_or_tenant_is_found(store: SecretStore) -> None:
    put(store, "blue/secrets/acme/crm-key", "value")
    deployments = {stack: Secrets(stack, store) for stack in ("blue", "green")}
    for stack, tenant, name in ASTRAY:
        with pytest.raises(NoSuchSecret):
            deployments[stack].look_for(tenant, name)


def test_a_secret_that_is_about_to_be_deleted_is_not_there() -> None:
    put("secretsmanager", "baton/secrets/acme/crm", "value")
    boto3.client("secretsmanager").delete_secret(SecretId="baton/secrets/acme/crm")
    with pytest.raises(NoSuchSecret):
        Secrets(store="secretsmanager").look_for("acme", "crm")


def test_a_secret_that_never_had_a_value_is_not_there() -> None:
    boto3.client("secretsmanager").create_secret(Name="baton/secrets/acme/crm")
    with pytest.raises(NoSuchSecret):
        Secrets(store="secretsmanager").look_for("acme", "crm")


@STORES
def test_a_changed_secret_is_seen_within_minutes(store: SecretStore) -> None:
    put(store, "baton/secrets/acme/crm", "old")
    secrets = Secrets(store=store)
    assert secrets.read("acme", "crm", NOON) == "old"
    put(store, "baton/secrets/acme/crm", "new")
    assert secrets.read("acme", "crm", NOON + KEPT_FOR - MILLISECOND) == "old"
    assert secrets.read("acme", "crm", NOON + KEPT_FOR) == "new"


@STORES
def test_a_forgotten_one_is_seen_at_once(store: SecretStore) -> None:
    put(store, "baton/secrets/acme/crm", "old")
    secrets = Secrets(store=store)
    secrets.read("acme", "crm", NOON)
    put(store, "baton/secrets/acme/crm", "new")
    secrets.forget("other", "crm")
    assert secrets.read("acme", "crm", NOON) == "old"
    secrets.forget("acme", "crm")
    assert secrets.read("acme", "crm", NOON) == "new"


def test_what_one_tenant_has_read_another_has_not() -> None:
    put("ssm", "baton/secrets/acme/crm", "value")
    secrets = Secrets()
    secrets.read("acme", "crm", NOON)
    with pytest.raises(NoSuchSecret):
        secrets.read("other", "crm", NOON)


def test_an_absent_secret_is_looked_for_again() -> None:
    secrets = Secrets()
    with pytest.raises(NoSuchSecret):
        secrets.read("acme", "late", NOON)
    put("ssm", "baton/secrets/acme/late", "value")
    assert secrets.read("acme", "late", NOON) == "value"


def test_a_blank_secret_is_none() -> None:
    put("ssm", "baton/secrets/acme/blank", " \n")
    with pytest.raises(NoSuchSecret, match="is empty"):
        Secrets().read("acme", "blank", NOON)


def test_a_binary_secret_is_refused_with_a_reason() -> None:
    boto3.client("secretsmanager").create_secret(Name="baton/secrets/acme/raw", SecretBinary=b"\0")
    with pytest.raises(SecretsUnavailable, match="not text"):
        Secrets(store="secretsmanager").read("acme", "raw", NOON)


def test_a_store_that_refuses_is_told_apart_from_a_missing_secret() -> None:
    secrets = Secrets()
    from botocore.exceptions import ClientError

    def refuse(**_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "GetParameter")

    secrets._ssm.meta.events.register("before-call.ssm.GetParameter", refuse)
    with pytest.raises(SecretsUnavailable, match="AccessDeniedException"):
        secrets.read("acme", "crm", NOON)


def test_memory_stays_bounded() -> None:
    class Plenty(Secrets):
        def fetch(self, tenant_id: str, name: str) -> str:
            return f"{tenant_id}'s {name}"

    secrets = Plenty()
    for number in range(2500):
        secrets.read("acme", f"s{number}", NOON + timedelta(seconds=number / 100))
    assert len(secrets._cache) <= 1000


def test_a_kept_value_does_not_show_itself() -> None:
    put("ssm", "baton/secrets/acme/crm", "s3cret")
    secrets = Secrets()
    secrets.read("acme", "crm", NOON)
    assert "s3cret" not in repr(secrets.__dict__)


@pytest.mark.parametrize(
    ("environment", "used"),
    [
        ({}, "ssm"),
        ({"BATON_SECRET_STORE": "secretsmanager"}, "secretsmanager"),
        ({"BATON_SECRET_STORE": "vault"}, "ssm"),
    ],
)
def test_a_deployment_says_where_its_secrets_are(environment: dict[str, str], used: str) -> None:
    assert config.from_environment(environment).secret_store == used


def test_the_deployments_own_secrets_are_no_tenants() -> None:
    put("ssm", "baton/secrets/_deployment/notifications", "whsec")
    secrets = Secrets("baton")
    assert secrets.read(DEPLOYMENT, "notifications", NOON) == "whsec"
    assert re.fullmatch(TENANT, DEPLOYMENT) is None


@STORES
def test_a_store_that_was_asked_too_often_says_so(store: SecretStore) -> None:
    secrets = Secrets(store=store)
    client, request = {
        "ssm": (secrets._ssm, "get_parameter"),
        "secretsmanager": (secrets._manager, "get_secret_value"),
    }[store]
    with Stubber(client) as stubbed:
        stubbed.add_client_error(request, "ThrottlingException")
        with pytest.raises(SecretsThrottled):
            secrets.read("acme", "crm", NOON)
    with Stubber(client) as stubbed:
        stubbed.add_client_error(request, "AccessDeniedException")
        with pytest.raises(SecretsUnavailable) as raised:
            secrets.read("acme", "crm", NOON)
    assert not isinstance(raised.value, SecretsThrottled)
