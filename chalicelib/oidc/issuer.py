"""The keys that an OpenID provider signs with, found by its discovery document."""

import ipaddress
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from chalicelib.domain.errors import BatonError
from chalicelib.outbound import addresses, http_client, urls
from chalicelib.outbound.guard import Guard, Refused
from chalicelib.platform.clock import Countdown
from chalicelib.platform.config import IPNetwork

Jwk = Mapping[str, Any]

#: The time for both requests together, out of the ten seconds that the authorizer has.
SECONDS: Final = 5.0
MOST_BYTES: Final = 256 * 1024
MOST_KEYS: Final = 100
_WELL_KNOWN: Final = "/.well-known/openid-configuration"
_OK: Final = 200


class NoDocument(BatonError):
    """The issuer's answer is not the document that it should publish."""

    message = "The issuer's answer is not the document that it should publish."


def published_keys(issuer: str, guard: Guard, countdown: Countdown) -> list[Jwk]:
    """The issuer's JSON Web Keys, of any kind, and not checked yet.

    Raises `NoDocument`, and what `http_client.send` raises.
    """
    configuration = _document(issuer.rstrip("/") + _WELL_KNOWN, guard, countdown)
    if configuration.get("issuer") != issuer:
        raise NoDocument("The discovery document is of another issuer.")
    place = configuration.get("jwks_uri")
    if not isinstance(place, str):
        raise NoDocument("The discovery document names no jwks_uri.")
    keys = _document(place, guard, countdown).get("keys")
    if not isinstance(keys, list) or not 1 <= len(keys) <= MOST_KEYS:
        raise NoDocument(f"The key set does not hold 1 to {MOST_KEYS} keys.")
    return [key for key in keys if isinstance(key, dict)]


def _document(url: str, guard: Guard, countdown: Countdown) -> dict[str, Any]:
    """The JSON object at that URL, without following redirects. Raises `NoDocument`."""
    _demand_protected(url, guard.allowed)
    request = http_client.Request(method="GET", url=url, headers={"Accept": "application/json"})
    answer = http_client.send(
        request, guard, countdown, most_bytes=MOST_BYTES + 1, is_final=lambda _: True
    )
    if answer.status != _OK:
        raise NoDocument(f"{url} answers {answer.status}.")
    if answer.body_fault is not None:
        raise NoDocument(f"{url} answers with a body that cannot be read: {answer.body_fault}.")
    if len(answer.body) > MOST_BYTES:
        raise NoDocument(f"{url} answers more than {MOST_BYTES} bytes.")
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise NoDocument(f"{url} does not answer with JSON.") from error
    if not isinstance(found, dict):
        raise NoDocument(f"{url} does not answer with a JSON object.")
    return found


def _demand_protected(text: str, allowed: Sequence[IPNetwork]) -> None:
    """Raises `Refused` if somebody on the way could replace the document."""
    url = urls.parse(text, allowed)
    if url.scheme == "http" and not _is_in(url.host, allowed):
        raise Refused(f"{text} is not https")


def _is_in(host: str, allowed: Sequence[IPNetwork]) -> bool:
    """Whether the host is this machine, or an IP address that the deployment allows."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return addresses.is_local(host)
    return any(address in network for network in allowed)
