"""URLs of outgoing requests, read by one strict grammar.

Two readers that take a URL apart differently are a way around any check. So a URL that can be read
in two ways is refused, and requests are made from the parts that were checked, never from the text.
"""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urljoin

from chalicelib.outbound.addresses import (
    NeedsHttps,
    Refused,
    is_local,
    judge,
    judge_name,
    judge_opened,
)
from chalicelib.platform.config import IPNetwork

MOST_CHARACTERS: Final = 2000
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_HIGHEST_PORT: Final = 65_535
_NOT_IN_A_URL: Final = re.compile(r"[^!-~]|[\"<>\\^`{|}]")
_URL: Final = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?P<query>\?[^#]*)?(#.*)?"
)
_AUTHORITY: Final = re.compile(r"(?P<host>\[[^\]]*\]|[^:]*)(:(?P<port>[0-9]*))?")
_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_LONGEST_NAME: Final = 253
#: Many readers take a name for an IPv4 address if its last label looks like this: 127.1, 0x7f.1,
#: 0177.1. No top-level domain begins with a digit.
_NUMBER: Final = re.compile(r"[0-9].*")
#: Ports of services that are not HTTP, but might understand parts of a request: the list of the
#: Fetch standard, and databases that read lines.
# fmt: off
_BAD_PORTS: Final = frozenset({
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101,
    102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427,
    465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990,
    993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667,
    6668, 6669, 6679, 6697, 10080,
    3306, 5432, 6379, 11211,
})
# fmt: on


@dataclass(frozen=True, slots=True)
class Url:
    """A checked URL: `host` lower case and without brackets, `path` with its query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port. Credentials are only sent to the origin they are meant for."""
        return self.scheme, self.host, self.port

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"


def parse(text: str, allowed: Sequence[IPNetwork]) -> Url:
    """Check a URL, and take it apart.

    Raises:
        Refused: it can be read in more than one way, or names an address or a host that Baton does
            not connect to. A host that passes here may still be refused once it is resolved.
    """
    if len(text) > MOST_CHARACTERS:
        raise Refused(f"it is longer than {MOST_CHARACTERS} characters")
    if odd := _NOT_IN_A_URL.search(text):
        raise Refused(f"it holds {odd.group()!a}, which a URL has to percent-encode")
    match = _URL.fullmatch(text)
    if match is None:
        raise Refused("it is not an absolute URL as https://example.com/path")
    scheme = match["scheme"].lower()
    if scheme not in _DEFAULT_PORTS:
        raise Refused("the scheme must be http or https")
    host, port = _authority(match["authority"], allowed)
    path = (match["path"] or "/") + (match["query"] or "")
    return Url(scheme, host, _DEFAULT_PORTS[scheme] if port is None else port, path)


def judge_secrecy(url: Url, allowed: Sequence[IPNetwork]) -> None:
    """Raises `NeedsHttps` if what is sent to the URL could be read on its way, as far as it shows.

    Where a name leads is not looked up.
    """
    if url.scheme == "https" or is_local(url.host):
        return
    try:
        judge_opened(ipaddress.ip_address(url.host), allowed)
    except ValueError:
        if not allowed:
            raise NeedsHttps from None


def follow(url: Url, location: str, allowed: Sequence[IPNetwork]) -> Url:
    """The URL that a redirect from this one leads to.

    Raises:
        Refused: Baton does not connect there, or it leads from https to http.
    """
    plain = quote(location.encode("latin-1", "replace"), safe="!#$%&'()*+,/:;=?@[]~\\")
    try:
        joined = urljoin(str(url), plain)
    except ValueError as error:
        raise Refused("the redirect's location cannot be read") from error
    target = parse(joined, allowed)
    if (url.scheme, target.scheme) == ("https", "http"):
        raise Refused("a redirect from https to http is not followed")
    return target


def _authority(text: str, allowed: Sequence[IPNetwork]) -> tuple[str, int | None]:
    if "@" in text:
        raise Refused("it must not hold credentials; use a header with a secret")
    match = _AUTHORITY.fullmatch(text)
    if match is None:
        raise Refused("its host and port cannot be read")
    return _host(match["host"].lower(), allowed), _port(match["port"])


def _port(digits: str | None) -> int | None:
    if not digits:
        return None
    if len(digits) > len(str(_HIGHEST_PORT)) or int(digits) > _HIGHEST_PORT:
        raise Refused(f"a port is at most {_HIGHEST_PORT}")
    if int(digits) in _BAD_PORTS:
        raise Refused(f"port {int(digits)} is not one for HTTP")
    return int(digits)


def _host(text: str, allowed: Sequence[IPNetwork]) -> str:
    if not text:
        raise Refused("it names no host")
    if text.startswith("["):
        return _ipv6(text[1:-1], allowed)
    host = text.removesuffix(".")
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _ipv4(text, allowed)
    if len(host) > _LONGEST_NAME or not all(map(_LABEL.fullmatch, labels)):
        raise Refused("its host is not a domain name; international ones are written as xn--…")
    judge_name(host, allowed)
    return host


def _ipv4(text: str, allowed: Sequence[IPNetwork]) -> str:
    try:
        address = ipaddress.IPv4Address(text)
    except ValueError as error:
        raise Refused("an address is written as four decimal numbers: 192.0.2.1") from error
    judge(address, allowed)
    return str(address)


def _ipv6(text: str, allowed: Sequence[IPNetwork]) -> str:
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError as error:
        raise Refused("the brackets do not hold an IPv6 address") from error
    if address.scope_id is not None:
        raise Refused("an address must not name a zone")
    judge(address, allowed)
    return str(address)
