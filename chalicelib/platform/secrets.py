"""Secrets by their names: kept in AWS, read at run time, never stored or told by Baton.

A secret belongs to a tenant, and the tenant is part of the path it is read from::

    /<stack>/secrets/<tenant>/<name>      SSM Parameter Store, a SecureString
    <stack>/secrets/<tenant>/<name>       Secrets Manager, if the deployment says so

The tenant comes from the run, never from a request, and a name holds no slash: no name of one
tenant's leads to another's secret. The deployment's own secrets stand where no tenant can be.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

from chalicelib.domain.errors import BatonError

if TYPE_CHECKING:
    from botocore.config import Config
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_ssm import SSMClient

SecretStore = Literal["ssm", "secretsmanager"]

#: What a secret may be called.
NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$"
#: In place of a tenant: whose secrets the deployment's own are. No tenant may be called that.
DEPLOYMENT: Final = "_deployment"
#: A tenant whose name is not like this has no secrets: it could be read as another path.
_TENANT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
#: A changed secret is used at most this much later.
KEPT_FOR: Final = timedelta(minutes=5)
#: Many secrets in one process are a mistake or an attack; memory stays bounded.
_MOST_KEPT: Final = 1000


class NoSuchSecret(BatonError):
    """There is no secret of that name."""

    message = "There is no secret of that name."


class SecretsUnavailable(BatonError):
    """The store of secrets did not answer, or refused."""

    message = "The store of secrets did not answer, or refused."


@dataclass(slots=True)
class _Kept:
    value: str = field(repr=False)
    until: datetime


class Secrets:
    """The secrets of a deployment. Values are kept in memory for some minutes."""

    def __init__(self, stack: str = "baton", store: SecretStore = "ssm") -> None:
        self._stack, self._store = stack, store
        self._kept: dict[tuple[str, str], _Kept] = {}

    def read(self, tenant_id: str, name: str, now: datetime) -> str:
        """The value of a tenant's secret. Raises `NoSuchSecret`, `SecretsUnavailable`."""
        kept = self._kept.get((tenant_id, name))
        if kept is not None and now < kept.until:
            return kept.value
        value = self.fetch(tenant_id, name)
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[(tenant_id, name)] = _Kept(value, now + KEPT_FOR)
        return value

    def forget(self, tenant_id: str, name: str) -> None:
        """Read it anew next time: what it opened is closed, so it may have been changed."""
        self._kept.pop((tenant_id, name), None)

    def fetch(self, tenant_id: str, name: str) -> str:
        """The value as it is in the store now. Raises `NoSuchSecret`, `SecretsUnavailable`."""
        has_secrets = tenant_id == DEPLOYMENT or _TENANT.fullmatch(tenant_id)
        if not has_secrets or not re.fullmatch(NAME, name):
            raise NoSuchSecret(f"there is no secret {name}")
        value = self._ask(f"{self._stack}/secrets/{tenant_id}/{name}", name)
        if not value.strip():
            raise NoSuchSecret(f"the secret {name} is empty")
        return value

    def _ask(self, path: str, name: str) -> str:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            value = self._in_ssm(f"/{path}") if self._store == "ssm" else self._in_manager(path)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in ("ParameterNotFound", "ResourceNotFoundException"):
                raise NoSuchSecret(f"there is no secret {name}") from error
            raise SecretsUnavailable(f"the secret {name} cannot be read: {code}") from error
        except BotoCoreError as error:
            kind = type(error).__name__
            raise SecretsUnavailable(f"the secret {name} cannot be read: {kind}") from error
        if value is None:
            raise SecretsUnavailable(f"the secret {name} is not text")
        return value

    def _in_ssm(self, path: str) -> str:
        answer = self._ssm.get_parameter(Name=path, WithDecryption=True)
        return answer["Parameter"]["Value"]

    def _in_manager(self, path: str) -> str | None:
        return self._manager.get_secret_value(SecretId=path).get("SecretString")

    @cached_property
    def _ssm(self) -> "SSMClient":
        import boto3

        return boto3.client("ssm", config=_patience())

    @cached_property
    def _manager(self) -> "SecretsManagerClient":
        import boto3

        return boto3.client("secretsmanager", config=_patience())


def _patience() -> "Config":
    from botocore.config import Config

    return Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 3})
