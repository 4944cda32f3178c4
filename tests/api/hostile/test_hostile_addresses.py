"""Addresses a schedule must not be able to name. (What names resolve to is checked at the run.)"""

from collections.abc import Iterator

import pytest

from tests.api.hostile.requests import HTTP, Hostile, World, created, table

#: One deployment serves them all, on one worker.
pytestmark = pytest.mark.xdist_group("hostile addresses")


_HOSTS = (
    "127.0.0.1",
    "127.1",
    "127.255.255.254",
    "0.0.0.0",  # noqa: S104  # it is refused
    "0",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "017700000001",
    "127.0.0.1.",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "x.localhost",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "169.254.170.2",
    "100.100.100.200",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[fe80::1]",
    "[fe80::1%25eth0]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[ff02::1]",
    "metadata.google.internal",
    "１２７.0.0.1",
    "127。0。0。1",
    "①②⑦.0.0.1",
    "loc\u00adalhost",
    "example.com@127.0.0.1",
    "127.0.0.1#@example.com",
    "user:secret@example.com",
    "example.com:22",
    "example.com:0",
    "example.com:99999",
    "example.com:-1",
    "example.com:80:80",
    "exa mple.com",
    "example.com\\@127.0.0.1",
    "example.com\r\nHost: x",
    "example.com\x00.evil.com",
    "%31%32%37.0.0.1",
    "-x.com",
    "x..com",
    "",
    ".",
    "[",
    "[]",
    "a" * 300 + ".com",
)
_URLS = (
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_x",
    "dict://127.0.0.1:11211/",
    "javascript:alert(1)",
    "data:text/plain,x",
    "jar:https://example.com!/",
    "ws://example.com/",
    "//example.com/",
    "/path",
    "example.com",
    "http:example.com",
    "http:/example.com",
    "http:///example.com",
    "http://",
    "https",
    " https://example.com/",
    "https://example.com/ ",
    "https://example.com/\t",
    "https://example.com/a b",
    "https://example.com/ü",
    "https://example.com/\u202e",
    "https://example.com/{x}",
    "h\u200bttps://example.com/",
)


def _urls() -> Iterator[Hostile]:
    for host in _HOSTS:
        for scheme in ("http", "https") if host.startswith(("127", "[::")) else ("http",):
            url = f"{scheme}://{host}/hook"
            yield created(f"{url!a:.60}", "target.url", target={**HTTP, "url": url})
    for url in _URLS:
        yield created(f"{url!a}", "target.url", target={**HTTP, "url": url})
    yield Hostile(
        name="by patch",
        answer=(422, "invalid_fields"),
        method="PATCH",
        path="/v1/schedules/{schedule}",
        body={"target": {**HTTP, "url": "http://169.254.169.254/latest/meta-data/"}},
        fields=frozenset({"target.url"}),
    )


@table(_urls())
def test_it_is_422_for_the_url_and_nothing_is_saved(world: World, case: Hostile) -> None:
    world.check(case)
