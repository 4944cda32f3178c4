"""Which headers may be set."""

import pytest

from chalicelib.outbound.header_rules import name_fault, repeated, value_fault


@pytest.mark.parametrize(
    "name", ["X-Key", "authorization", "Cookie", "x_1", "A!#$%&'*+.^_`|~-", "TEA"]
)
def test_a_token_may_be_a_name(name: str) -> None:
    assert name_fault(name) is None


@pytest.mark.parametrize(
    "name", ["", " ", "X Key", "X:", "X\r\n", "X\n", "Ключ", "X\0", "(x)", "x" * 101, '"x"', "X\t"]
)
def test_others_may_not(name: str) -> None:
    assert name_fault(name)


@pytest.mark.parametrize(
    "name",
    [
        *("Host", "HOST", "Content-Length", "transfer-encoding", "Connection", "Keep-Alive", "TE"),
        *("Trailer", "Upgrade", "Expect", "Proxy-Authorization", "Proxy-Connection"),
        *("Baton-Run-Id", "baton-anything", "Idempotency-Key", "webhook-signature", "Webhook-Id"),
    ],
)
def test_what_others_set_may_not_be_set(name: str) -> None:
    assert name_fault(name)


@pytest.mark.parametrize("value", ["", "x", "a b", "a\tb", "Bearer a.b.c", "~!@#", "x" * 8192])
def test_printable_text_may_be_a_value(value: str) -> None:
    assert value_fault(value) is None


@pytest.mark.parametrize(
    "value", [" ", " x", "x ", "x\n", "a\r\nb", "a\0b", "ä", "\x7f", "a\x1bb", "x" * 8193, "\t"]
)
def test_other_text_may_not(value: str) -> None:
    assert value_fault(value)


def test_names_that_mean_the_same_are_found() -> None:
    assert list(repeated(["X-A", "X-B", "x-a", "X-a"])) == ["x-a", "X-a"]
