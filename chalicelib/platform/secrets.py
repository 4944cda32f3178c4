"""Secrets by their names: kept in AWS, read at run time, never stored or shown by Baton.

A secret belongs to a tenant, and the tenant is part of the path it is read from::

    /<stack>/secrets/<tenant>/<name>      SSM Parameter Store, a SecureString
    <stack>/secrets/<tenant>/<name>       Secrets Manager, if the deployment says so

The tenant comes from the run, never from a request, and a name has no slash in it: no name leads
from one tenant to another's secret. The deployment's own secrets are where no tenant can be.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

from chalicelib.domain.errors import BatonError
from chalicelib.platform.aws import own_client

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_ssm import SSMClient

SecretStore = Literal["ssm", "secretsmanager"]

#: The names a secret may have.
NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$"
#: Stands in place of a tenant for the deployment's own secrets. No tenant may have this name.
DEPLOYMENT: Final = "_deployment"
#: A tenant with any other name has no secrets, as the name could lead to another path.
_TENANT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
#: How long a value is cached, and so how much later at most a changed secret is used.
KEPT_FOR: Final = timedelta(minutes=5)
#: What the stores answer to too many requests: Parameter Store takes forty a second by default.
_THROTTLED: Final = frozenset({"ThrottlingException", "Throttling", "TooManyRequestsException"})
#: More secrets than this in one process are a mistake or an attack; memory stays bounded.
_MOST_CACHED: Final = 1000


class NoSuchSecret(BatonError):
    """There is no secret of that name."""

    message = "There is no secret of that name."


class SecretsUnavailable(BatonError):
    """The store of secrets did not answer, or refused."""

    message = "The store of secrets did not answer, or refused."


class SecretsThrottled(SecretsUnavailable):
    """The store of secrets was asked too often, by this deployment or others of the account."""

    message = "The store of secrets was asked too often."


@dataclass(slots=True)
class _CachedValue:
    value: str = field(repr=False)
    until: datetime


class Secrets:
    """The secrets of a deployment. Values are cached for some minutes."""

    def __init__(self, stack: str = "baton", store: SecretStore = "ssm") -> None:
        self._stack, self._store = stack, store
        self._cache: dict[tuple[str, str], _CachedValue] = {}

    def read(self, tenant_id: str, name: str, now: datetime) -> str:
        """The value of a tenant's secret. Raises `NoSuchSecret`, `SecretsUnavailable`."""
        cached = self._cache.get((tenant_id, name))
        if cached is not None and now < cached.until:
            return cached.value
        value = self.fetch(tenant_id, name)
        if len(self._cache) >= _MOST_CACHED:
            self._cache.clear()
        self._cache[(tenant_id, name)] = _CachedValue(value, now + KEPT_FOR)
        return value

    def forget(self, tenant_id: str, name: str) -> None:
        """Read the secret anew next time: it was refused, so it may have been changed."""
        self._cache.pop((tenant_id, name), None)

    def fetch(self, tenant_id: str, name: str) -> str:
        """The value as it is in the store now. Raises `NoSuchSecret`, `SecretsUnavailable`."""
        has_secrets = tenant_id == DEPLOYMENT or _TENANT.fullmatch(tenant_id)
        if not has_secrets or not re.fullmatch(NAME, name):
            raise NoSuchSecret(f"there is no secret {name}")
        value = self._request(f"{self._stack}/secrets/{tenant_id}/{name}", name)
        if not value.strip():
            raise NoSuchSecret(f"the secret {name} is empty")
        return value

    def _request(self, path: str, name: str) -> str:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            value = self._from_ssm(f"/{path}") if self._store == "ssm" else self._from_manager(path)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in ("ParameterNotFound", "ResourceNotFoundException"):
                raise NoSuchSecret(f"there is no secret {name}") from error
            if code in _THROTTLED:
                raise SecretsThrottled(f"the secret {name} cannot be read: {code}") from error
            raise SecretsUnavailable(f"the secret {name} cannot be read: {code}") from error
        except BotoCoreError as error:
            kind = type(error).__name__
            raise SecretsUnavailable(f"the secret {name} cannot be read: {kind}") from error
        if value is None:
            raise SecretsUnavailable(f"the secret {name} is not text")
        return value

    def _from_ssm(self, path: str) -> str:
        answer = self._ssm.get_parameter(Name=path, WithDecryption=True)
        return answer["Parameter"]["Value"]

    def _from_manager(self, path: str) -> str | None:
        return self._manager.get_secret_value(SecretId=path).get("SecretString")

    @cached_property
    def _ssm(self) -> "SSMClient":
        client: SSMClient = own_client("ssm")
        return client

    @cached_property
    def _manager(self) -> "SecretsManagerClient":
        client: SecretsManagerClient = own_client("secretsmanager")
        return client
