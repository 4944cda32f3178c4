"""Bodies in other charsets than UTF-8 are shown as text, without secrets all the same."""

import pytest

from tests.targets.attempts import Attempt, SecretsInHand
from tests.targets.peer import answers, peer, response

SECRET = "s3cret-of-the-tenant"
TEXT = "Grüße, fünf Stück"


def body_of(raw: bytes, content_type: str) -> str:
    """What the log shows of such a body, after a request with a secret."""
    headers = {"X-Key": {"secret": "key"}}
    with peer(answers(response(200, raw, Content_Type=content_type))) as found:
        target = {"url": found.url, "headers": headers}
        attempt = Attempt(target, secrets=SecretsInHand(key=SECRET)).run()
    return next(line for line, data in attempt.lifeline.lines if data.get("part") == "body")


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        ("iso-8859-1", "latin-1"),
        ("ISO-8859-15", "iso-8859-15"),
        ('"windows-1252"', "cp1252"),
        ("utf-16", "utf-16"),
        ("UTF-16BE", "utf-16-be"),
        ("utf-16le", "utf-16-le"),
        ("utf-32", "utf-32"),
        ("utf-8", "utf-8"),
        ("gb18030", "gb18030"),
    ],
)
def test_the_charset_of_the_content_type_is_used(charset: str, encoding: str) -> None:
    assert body_of(TEXT.encode(encoding), f"text/plain; charset={charset}") == TEXT


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "text/plain; charset=",
        "text/plain; charset=klingon",
        "text/plain; charset=iso-8859-99",
        "text/plain; charset=rot13",
        "text/plain; charset=hex",
        "text/plain; charset=idna",
        "text/plain; charset=undefined",
        "text/plain; charset=unicode_escape",
        "text/plain; charset=" + "x" * 5000,
        "text/plain; encoding=latin-1",
    ],
)
def test_without_a_known_charset_it_is_utf_8(content_type: str) -> None:
    assert body_of(TEXT.encode(), content_type) == TEXT


def test_what_does_not_fit_its_charset_is_marked() -> None:
    assert body_of(TEXT.encode("latin-1"), "text/plain; charset=utf-8") == (
        "Gr\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}e, "
        "f\N{REPLACEMENT CHARACTER}nf St\N{REPLACEMENT CHARACTER}ck"
    )


def test_wide_characters_without_a_charset_are_no_text() -> None:
    assert body_of(TEXT.encode("utf-16"), "text/plain") == "(The body is not text.)"


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-16-be", "utf-32"])
def test_a_secret_is_found_in_any_charset(encoding: str) -> None:
    raw = f"ä {SECRET} ö".encode(encoding)
    assert body_of(raw, f"text/plain; charset={encoding}") == "ä [secret] ö"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-32-le"])
@pytest.mark.parametrize("before", range(1000, 2100, 61))
def test_no_part_of_a_secret_is_shown_where_the_body_is_cut(encoding: str, before: int) -> None:
    raw = ("." * before + SECRET * 50).encode(encoding)
    shown = body_of(raw, f"text/plain; charset={encoding}").replace("[secret]", "")
    assert "s3" not in shown


@pytest.mark.parametrize("at", range(1, len(SECRET)))
def test_a_secret_is_found_around_bytes_that_are_not_decoded(at: int) -> None:
    raw = SECRET[:at].encode() + b"\xff" + SECRET[at:].encode()
    assert body_of(b"key " + raw, "text/plain") == "key [secret]"
