"""Smaller ways out, each closed."""

import base64
import ipaddress
import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from baton_cli.exits import ApiError, CliError
from baton_cli.show import Show
from baton_cli.text import json_line
from chalicelib.outbound import addresses
from chalicelib.outbound.addresses import Refused
from chalicelib.outbound.guard import Guard
from chalicelib.outbound.redaction import SHOWN_INSTEAD, Redactor
from chalicelib.platform.clock import Countdown
from chalicelib.platform.secrets import DEPLOYMENT, Secrets
from chalicelib.targets.http_target import HttpTarget
from infra.places import ROOT

EVERYTHING = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))

# Addresses that wrap others


@pytest.mark.parametrize(
    "address",
    [
        "::ffff:169.254.169.254",
        "::ffff:0:169.254.169.254",
        "::169.254.169.254",
        "64:ff9b::169.254.169.254",
        "64:ff9b:1::169.254.169.254",
        "64:ff9b:1:a9fe:a9:fe00::",
        "2002:a9fe:a9fe::1",
        "2001:0:a9fe:a9fe::1",
        "2001:0:101:101:0:0:5601:5601",
        "::ffff:0.0.0.0",
        "::ffff:100.100.100.200",
        "::ffff:168.63.129.16",
        "::ffff:255.255.255.255",
        "::",
        "fe80::1",
    ],
)
def test_what_is_always_closed_stays_so_however_it_is_wrapped(address: str) -> None:
    with pytest.raises(Refused, match="never connected to"):
        addresses.judge(ipaddress.ip_address(address), EVERYTHING)


@pytest.mark.parametrize(
    "address", ["::1", "::ffff:10.0.0.1", "64:ff9b::8.8.8.8", "2002:808:808::1", "2606:4700::1"]
)
def test_other_addresses_can_be_opened(address: str) -> None:
    addresses.judge(ipaddress.ip_address(address), EVERYTHING)


# What a check tells


def looked_up(found: list[str]) -> Callable[..., list[Any]]:
    return lambda *_args, **_options: [(0, 0, 0, "", (address, 0)) for address in found]


def checked(found: list[str], allowed: tuple[Any, ...] = ()) -> tuple[bool, str]:
    target = HttpTarget(
        target={"type": "http", "url": "https://db.example.com/"},
        payload=None,
        tenant_id="acme",
        guard=Guard(allowed, looked_up(found)),
        secrets=Secrets(),
    )
    check, *_ = target.check(Countdown(3))
    return check.ok, check.detail


@pytest.mark.parametrize("address", ["10.9.8.7", "169.254.169.254", "fd00::7", "::ffff:10.9.8.7"])
def test_a_check_does_not_tell_where_an_internal_name_leads(address: str) -> None:
    ok, detail = checked(["93.184.215.14", address])
    assert (ok, detail) == (False, "db.example.com leads to what is not a public address")


def test_not_even_if_it_may_be_reached() -> None:
    ok, detail = checked(["10.9.8.7"], (ipaddress.ip_network("10.0.0.0/8"),))
    assert (ok, detail) == (True, "db.example.com is in a network that this deployment has opened")
    assert checked(["93.184.215.14"]) == (True, "db.example.com is at 93.184.215.14")


# Secrets in what targets send back


SECRET = 's3cr<t & "pa/ss" \'w?rd>>~'


@pytest.mark.parametrize(
    "shown",
    [
        's3cr&lt;t &amp; "pa/ss" \'w?rd&gt;&gt;~',
        "s3cr&lt;t &amp; &quot;pa/ss&quot; 'w?rd&gt;&gt;~",
        "s3cr&lt;t &amp; &quot;pa/ss&quot; &#x27;w?rd&gt;&gt;~",
        "s3cr&lt;t &amp; &quot;pa/ss&quot; &#39;w?rd&gt;&gt;~",
        "s3cr&lt;t &amp; &#34;pa/ss&#34; &#39;w?rd&gt;&gt;~",
        "s3cr&lt;t &amp; &quot;pa/ss&quot; &apos;w?rd&gt;&gt;~",
        "s3cr%3ct%20%26%20%22pa%2fss%22%20%27w%3frd%3e%3e~",
        "s3cr%3ct+%26+%22pa%2fss%22+%27w%3frd%3e%3e~",
        base64.b64encode(SECRET.encode()).decode(),
        base64.b64encode(SECRET.encode()).decode().rstrip("="),
        base64.urlsafe_b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode().rstrip("="),
    ],
)
def test_a_secret_is_found_however_it_is_written(shown: str) -> None:
    redact = Redactor()
    redact.hide(SECRET)
    assert redact(f"got {shown}.") == f"got {SHOWN_INSTEAD}."


def test_both_halves_of_basic_are_hidden() -> None:
    encoded = base64.b64encode(b"admin:hunter2").decode()
    for header in (f"Basic {encoded}", f"basic {encoded.rstrip('=')}"):
        redact = Redactor()
        redact.hide(header)
        told = redact(f"user admin, password hunter2, both admin:hunter2, sent {encoded}")
        assert told == (
            f"user {SHOWN_INSTEAD}, password {SHOWN_INSTEAD}, both {SHOWN_INSTEAD},"
            f" sent {SHOWN_INSTEAD}"
        )


@pytest.mark.parametrize(
    "header", ["Basic", "Basic !!!", "Basic eA==", "Bearer eDp5", "Basic eDp5"]
)
def test_what_is_no_basic_or_too_short_hides_no_more(header: str) -> None:
    redact = Redactor()
    redact.hide(header)
    assert redact("x and y") == "x and y"


# The command line


@pytest.mark.parametrize("evil", ["\x1b[2J", "\x9b2J", "\x7f", "\u202e", "\u2028"])
def test_json_cannot_drive_a_terminal(evil: str) -> None:
    line = json_line({"name": f"a{evil}é✓"})
    assert line.isprintable()
    assert json.loads(line) == {"name": f"a{evil}é✓"}


def test_a_problem_cannot_drive_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    problem = {"detail": "no\x1b[2J\nError: all is well", "code": "x\x9b"}
    ApiError(409, problem).show()
    ApiError(409, problem, as_json=True).show()
    CliError("it redirects to \x1b]0;x\x07").show()
    told = capsys.readouterr().err
    assert told.count("\n") == 3
    assert told.replace("\n", "").isprintable()


def test_a_newline_in_a_message_forges_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    Show(None).line("12:00:00  done\n12:00:01  ERROR forged\r\nx")
    first, second, third = capsys.readouterr().out.splitlines()
    assert first == "12:00:00  done"
    assert second.startswith("    12:00:01")
    assert third.startswith("    ")


# The template


def test_the_template_says_where_the_webhooks_secret_is() -> None:
    text = (ROOT / "infra" / "cloudformation" / "functions.yaml").read_text("utf-8")
    told = yaml.safe_load(text)["Parameters"]["NoticeWebhookSecret"]["Description"]
    assert f"secrets/{DEPLOYMENT}/" in told
    assert "default" not in told
