"""URLs that try to get inside: none is ever connected to, and most are refused when saved.

The name server of these tests plays along with the attacker: whatever it is asked leads to the
loopback, where somebody listens. An audit hook sees every connection this process makes.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest

from chalicelib.jobs.context import Fail
from chalicelib.outbound.guard import Guard
from chalicelib.platform.clock import Countdown
from chalicelib.targets import http_target
from tests.targets.attempts import LOOPBACK, Attempt, resolving
from tests.targets.peer import OK, Peer, answers, peer

#: `{port}` is where a peer listens on 127.0.0.1.
SHOWN: Final = [
    # Plainly inside.
    "http://127.0.0.1:{port}/",
    "http://127.0.0.1/",
    "http://127.8.8.8:{port}/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://172.31.255.255/",
    "http://192.168.0.1/",
    "http://169.254.169.254/latest/meta-data/iam/security-credentials/",
    "http://169.254.170.2/v2/credentials",
    "http://100.100.100.200/latest/meta-data/",
    "http://168.63.129.16/machine?comp=goalstate",
    "http://192.0.0.192/opc/v2/",
    "http://0.0.0.0:{port}/",
    "http://100.64.0.1/",
    "http://198.18.0.1/",
    "http://192.0.2.1/",
    "http://198.51.100.1/",
    "http://203.0.113.1/",
    "http://224.0.0.1/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    # Names that say so.
    "http://localhost:{port}/",
    "http://LOCALHOST:{port}/",
    "http://localhost.:{port}/",
    "http://a.localhost:{port}/",
    "http://foo.bar.localhost.:{port}/",
    "http://localhost.localdomain:{port}/",
    "http://metadata/computeMetadata/v1/",
    "http://metadata.google.internal/computeMetadata/v1/",
    "http://ip-10-0-0-1.ec2.internal/",
    "http://instance-data.ec2.internal/",
    "http://printer.local/",
    "http://router.home.arpa/",
    "http://intranet/",
    "http://kubernetes.default.svc.cluster.local/",
    # Odd spellings of numbers.
    "http://2130706433:{port}/",
    "http://017700000001:{port}/",
    "http://0x7f000001:{port}/",
    "http://0x7F000001:{port}/",
    "http://127.1:{port}/",
    "http://127.0.1:{port}/",
    "http://0:{port}/",
    "http://0.0:{port}/",
    "http://0x7f.1:{port}/",
    "http://0x7f.0x0.0x0.0x1:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://0177.0.0.0x1:{port}/",
    "http://127.0.0.01:{port}/",
    "http://127.000.000.001:{port}/",
    "http://00000000177.0.0.1:{port}/",
    "http://4294967296:{port}/",
    "http://6425673729:{port}/",
    "http://256.0.0.1/",
    "http://383.0.0.1:{port}/",
    "http://127.0.0.1.:{port}/",
    "http://127.0.0.1..:{port}/",
    "http://127.0.0.0x1:{port}/",
    "http://0xa9fea9fe/",
    "http://2852039166/",
    "http://0251.0376.0251.0376/",
    "http://169.254.43518/",
    "http://0xa9.254.169.254/",
    "http://1.2.3.4.5/",
    "http://127.0.0.1e0:{port}/",
    "http://0x:{port}/",
    "http://foo.0x7f:{port}/",
    "http://foo.127:{port}/",
    "http://-127.0.0.1:{port}/",
    "http://+127.0.0.1:{port}/",
    # Other digits, dots and letters.
    "http://①②⑦.⓪.⓪.①:{port}/",
    "http://１２７.0.0.1:{port}/",
    "http://127。0。0。1:{port}/",
    "http://127．0．0．1:{port}/",
    "http://127｡0｡0｡1:{port}/",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:{port}/",
    "http://loc\u00adalhost:{port}/",
    "http://loca\u200blhost:{port}/",
    "http://localhoſt:{port}/",
    "http://٢١٣٠٧٠٦٤٣٣:{port}/",
    "http://127.0.0.1\u2044@example.com/",
    "http://example.com\u2100.evil/",
    # IPv6.
    "http://[::1]:{port}/",
    "http://[0:0:0:0:0:0:0:1]:{port}/",
    "http://[0000::0001]:{port}/",
    "http://[::]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[::ffff:169.254.169.254]/",
    "http://[::127.0.0.1]:{port}/",
    "http://[::ffff:0:127.0.0.1]:{port}/",
    "http://[64:ff9b::127.0.0.1]:{port}/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[64:ff9b:1::7f00:1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://[2001:0:7f00:1::]:{port}/",
    "http://[fe80::1]:{port}/",
    "http://[fe80::1%25eth0]:{port}/",
    "http://[fe80::1%eth0]:{port}/",
    "http://[::1%25lo]:{port}/",
    "http://[2606:4700::1111%25lo]/",
    "http://[fc00::1]/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://[ff02::1]/",
    "http://[2001:db8::1]/",
    "http://[v1.127.0.0.1]:{port}/",
    "http://[127.0.0.1]:{port}/",
    "http://[localhost]:{port}/",
    "http://[::1:{port}/",
    "http://::1:{port}/",
    "http://[::1]@example.com/",
    "http://[::1].example.com/",
    "http://[]:{port}/",
    # Credentials, and hosts that are two hosts.
    "http://user@127.0.0.1:{port}/",
    "http://user:password@example.com/",
    "http://@127.0.0.1:{port}/",
    "http://:@127.0.0.1:{port}/",
    "http://example.com@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}@example.com/",
    "http://example.com:80@127.0.0.1:{port}/",
    "http://example.com%40127.0.0.1:{port}/",
    "http://a@b@127.0.0.1:{port}/",
    "http://example.com\\@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\\@example.com/",
    "http://127.0.0.1\\.example.com/",
    "http:\\\\127.0.0.1:{port}\\",
    "http:/\\127.0.0.1:{port}/",
    "http://127.0.0.1:{port}:80/",
    "http://127.0.0.1:{port}#@example.com/",
    "http://127.0.0.1:{port}?@example.com/",
    "http://example.com,127.0.0.1:{port}/",
    "http://example.com;127.0.0.1:{port}/",
    # Characters between.
    "http://127.0.0.1 :{port}/",
    " http://127.0.0.1:{port}/",
    "http://127.0.0.1:{port}/ HTTP/1.1\r\nX: y",
    "http://example.com/\r\nHost: 127.0.0.1",
    "http://exam\nple.com/",
    "http://local\thost:{port}/",
    "\thttp://127.0.0.1:{port}/",
    "\x00http://127.0.0.1:{port}/",
    "http://127.0.0.1\x00.example.com/",
    "http://127.0.0.1%00.example.com/",
    "http://127.0.0.1%2eexample.com/",
    "http://%31%32%37.0.0.1:{port}/",
    "http://%6c%6f%63%61%6c%68%6f%73%74:{port}/",
    "http://127.0.0.1%23.example.com/",
    "http://127.0.0.1%09:{port}/",
    "http://{{127.0.0.1}}:{port}/",
    "http://<127.0.0.1>:{port}/",
    'http://"127.0.0.1":{port}/',
    "http://127.0.0.1|example.com/",
    "http://127.0.0.1^:{port}/",
    "http://$(hostname):{port}/",
    # Schemes.
    "file:///etc/passwd",
    "file://127.0.0.1/etc/passwd",
    "ftp://127.0.0.1:{port}/",
    "gopher://127.0.0.1:{port}/_GET",
    "dict://127.0.0.1:{port}/info",
    "ldap://127.0.0.1:{port}/",
    "unix:///var/run/docker.sock",
    "http+unix://%2Fvar%2Frun%2Fdocker.sock/",
    "jar:http://127.0.0.1:{port}/!/",
    "data:text/plain,hello",
    "javascript:alert(1)",
    "ws://127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "127.0.0.1:{port}",
    "/latest/meta-data",
    "http:127.0.0.1:{port}/",
    "http:/127.0.0.1:{port}/",
    "http:///127.0.0.1:{port}/",
    "http:////127.0.0.1:{port}/",
    "http://",
    "http:",
    "",
    "?",
    # Ports.
    "http://example.com:22/",
    "http://example.com:25/",
    "http://example.com:0/",
    "http://example.com:6379/",
    "http://example.com:11211/",
    "http://example.com:65536/",
    "http://example.com:99999999999999/",
    "http://example.com:-80/",
    "http://example.com:+80/",
    "http://example.com:8 0/",
    "http://example.com:８０/",
    "http://example.com:0x50/",
    "http://example.com:http/",
    # Names that are none.
    "http://.:{port}/",
    "http://..:{port}/",
    "http://.localhost:{port}/",
    "http://a..example.com/",
    "http://-a.example.com/",
    "http://example.com-/",
    "http://*.example.com/",
    "http://" + "a" * 64 + ".example.com/",
    "http://" + "a." * 130 + "example.com/",
    "http://example.com/" + "a" * 3000,
]
#: Nothing to be seen in these: the name leads inside.
HIDDEN: Final = [
    "http://127.0.0.1.nip.io:{port}/",
    "http://localtest.me:{port}/",
    "http://inside.example.com:{port}/",
    "http://inside.example.com.:{port}/",
    "http://xn--lcalhost-54a.example:{port}/",
    "https://inside.example.com:{port}/",
    "HTTP://inside.example.com:{port}/",
    "http://inside.example.com:{port}/%0d%0aHost:%20x",
    "http://169-254-169-254.example.com:{port}/",
    "http://spoofed.burpcollaborator.example:{port}/",
    "http://1u.ms:{port}/",
    "http://a_b.example.com:{port}/",
    "http://0x7f000001.example.com:{port}/",
    "http://example.com:{port}//127.0.0.1/",
]

_seen: list[Any] = []
_watching = False


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if _watching and event == "socket.connect":
        _seen.append(arguments[1])


sys.addaudithook(_hook)


@contextmanager
def watching() -> Iterator[list[Any]]:
    """Every address that this process connects to meanwhile."""
    global _watching  # noqa: PLW0603  # an audit hook cannot be taken away again
    _seen.clear()
    _watching = True
    try:
        yield _seen
    finally:
        _watching = False


@pytest.fixture(scope="module")
def listening() -> Iterator[Peer]:
    with peer(answers(OK)) as found:
        yield found


@pytest.mark.parametrize("template", [*SHOWN, *HIDDEN])
def test_it_is_never_connected_to(listening: Peer, template: str) -> None:
    url = template.replace("{port}", str(listening.port))
    guard = Guard((), resolving(["127.0.0.1"]))
    with watching() as connected, pytest.raises(Fail):
        Attempt({"url": url}, guard=guard).run()
    assert connected == []
    assert listening.requests == []


@pytest.mark.parametrize("template", SHOWN)
def test_it_is_refused_when_saved(template: str) -> None:
    [fault] = http_target.faults({"url": template.replace("{port}", "8080")}, ())
    assert fault.field == "target.url"
    assert fault.message


@pytest.mark.parametrize("template", HIDDEN)
def test_what_cannot_be_seen_is_found_by_the_readiness_check(template: str) -> None:
    target = Attempt({"url": template.replace("{port}", "8080")}, guard=inside()).target
    assert http_target.faults(target.target, ()) == []
    assert [check.ok for check in target.check(Countdown(3))] == [False]


def inside() -> Guard:
    return Guard((), resolving(["127.0.0.1"]))


def test_the_watch_sees_a_connection(listening: Peer) -> None:
    with watching() as connected:
        Attempt({"url": listening.url}).run()
    assert connected == [("127.0.0.1", listening.port)]
    listening.requests.clear()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://LocalHost:{port}/",
        "http://api.localhost:{port}/",
        "http://named.example:{port}/",
    ],
)
def test_where_loopback_is_allowed_it_is_reached(listening: Peer, url: str) -> None:
    url = url.replace("{port}", str(listening.port))
    assert http_target.faults({"url": url}, LOOPBACK) == []
    guard = Guard(LOOPBACK, resolving(["127.0.0.1"]))
    assert Attempt({"url": url}, guard=guard).run().context.summary == "HTTP 200"
    listening.requests.clear()


@pytest.mark.parametrize(
    "url",
    [
        "http://2130706433:{port}/",
        "http://127.1:{port}/",
        "http://0x7f.1:{port}/",
        "http://0177.0.0.1:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://[::1]:{port}/",
        "http://0.0.0.0:{port}/",
        "http://10.0.0.1/",
        "http://169.254.169.254/",
        "http://user@127.0.0.1:{port}/",
        "http://127.0.0.1:22/",
    ],
)
def test_an_odd_spelling_is_refused_even_there(url: str) -> None:
    assert http_target.faults({"url": url.replace("{port}", "8080")}, LOOPBACK)
