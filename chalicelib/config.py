"""The deployment's configuration: one typed object, read from the environment once.

A value that is not valid is logged, and the default serves: a typing error in a template must
not stop the scheduler.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib import events

IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What a deployment sets. `stack` prefixes every table's name."""

    stack: str = "baton"
    run_queue_url: str = ""
    wake_queue_url: str = ""
    capacity: int = 1
    #: Networks HTTP targets may reach although they are not public.
    allow_targets: tuple[IPNetwork, ...] = ()


def from_environment(environ: Mapping[str, str]) -> Config:
    """The configuration these environment variables describe."""
    return Config(
        stack=environ.get("BATON_STACK") or "baton",
        run_queue_url=environ.get("RUN_QUEUE_URL", ""),
        wake_queue_url=environ.get("WAKE_QUEUE_URL", ""),
        capacity=_whole_number(environ, "BATON_CAPACITY", default=1, least=1, most=100),
        allow_targets=_networks(environ, "BATON_ALLOW_TARGETS"),
    )


def _whole_number(
    environ: Mapping[str, str], name: str, *, default: int, least: int, most: int
) -> int:
    text = environ.get(name, "")
    if not text:
        return default
    try:
        value = int(text)
    except ValueError:
        value = least - 1
    if least <= value <= most:
        return value
    events.warn("config_invalid", variable=name, expected=f"{least}…{most}", used=default)
    return default


def _networks(environ: Mapping[str, str], name: str) -> tuple[IPNetwork, ...]:
    networks = []
    for text in filter(None, map(str.strip, environ.get(name, "").split(","))):
        try:
            networks.append(ipaddress.ip_network(text))
        except ValueError:
            events.warn("config_invalid", variable=name, expected="networks as 10.0.0.0/8")
    return tuple(networks)
