"""Secrets by their names: kept in AWS, read at run time, never stored or shown by Baton.

A secret belongs to a tenant, and the tenant is part of the path it is read from::

    /<stack>/secrets/<tenant>/<name>      SSM Parameter Store, a SecureString
    <stack>/secrets/<tenant>/<name>       Secrets Manager, if the deployment says so

The tenant comes from the run, never from a request, and a name has no slash in it: no name leads
from one tenant to another's secret. The deployment's own secrets are where no tenant can be.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

from chalicelib.domain.errors import BatonError
from chalicelib.platform.aws import own_client

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_ssm import SSMClient

T = TypeVar("T")
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
#: What the stores say of a secret that is not there.
_ABSENT: Final = frozenset({"InvalidResourceId", "ParameterNotFound", "ResourceNotFoundException"})
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
        path = self._path(tenant_id, name)
        reading = self._from_ssm if self._store == "ssm" else self._from_manager
        value = _asked(lambda: reading(path), name)
        if value is None:
            raise SecretsUnavailable(f"the secret {name} is not text")
        if not value.strip():
            raise NoSuchSecret(f"the secret {name} is empty")
        return value

    def look_for(self, tenant_id: str, name: str) -> None:
        """Find out that a secret is there, without the right to read it, which the API has not.

        Raises `NoSuchSecret`, `SecretsUnavailable`.
        """
        path = self._path(tenant_id, name)
        looking = self._is_in_ssm if self._store == "ssm" else self._is_in_manager
        if not _asked(lambda: looking(path), name):
            raise NoSuchSecret(f"there is no secret {name}")

    def _path(self, tenant_id: str, name: str) -> str:
        """Where the secret is, without a slash before it. Raises `NoSuchSecret`."""
        has_secrets = tenant_id == DEPLOYMENT or _TENANT.fullmatch(tenant_id)
        if not has_secrets or not re.fullmatch(NAME, name):
            raise NoSuchSecret(f"there is no secret {name}")
        return f"{self._stack}/secrets/{tenant_id}/{name}"

    def _from_ssm(self, path: str) -> str:
        answer = self._ssm.get_parameter(Name=f"/{path}", WithDecryption=True)
        return answer["Parameter"]["Value"]

    def _from_manager(self, path: str) -> str | None:
        return self._manager.get_secret_value(SecretId=path).get("SecretString")

    def _is_in_ssm(self, path: str) -> bool:
        # Of all that tells whether a parameter is there, only this shows nothing of its value and
        # can be allowed for single parameters.
        self._ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=f"/{path}")
        return True

    def _is_in_manager(self, path: str) -> bool:
        """Whether the secret has a value, and is not about to be deleted."""
        found: Mapping[str, Any] = self._manager.describe_secret(SecretId=path)
        stages = found.get("VersionIdsToStages", {}).values()
        return "DeletedDate" not in found and any("AWSCURRENT" in each for each in stages)

    @cached_property
    def _ssm(self) -> "SSMClient":
        client: SSMClient = own_client("ssm")
        return client

    @cached_property
    def _manager(self) -> "SecretsManagerClient":
        client: SecretsManagerClient = own_client("secretsmanager")
        return client


def _asked(ask: Callable[[], T], name: str) -> T:
    """The answer of a store. Raises `NoSuchSecret`, `SecretsUnavailable`."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return ask()
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in _ABSENT:
            raise NoSuchSecret(f"there is no secret {name}") from error
        if code in _THROTTLED:
            raise SecretsThrottled(f"the secret {name} cannot be read: {code}") from error
        raise SecretsUnavailable(f"the secret {name} cannot be read: {code}") from error
    except BotoCoreError as error:
        kind = type(error).__name__
        raise SecretsUnavailable(f"the secret {name} cannot be read: {kind}") from error
