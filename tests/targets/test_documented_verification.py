"""The function that docs/how-to/http-targets.md gives to receivers does verify what Baton sends."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from chalicelib.outbound import signature
from chalicelib.platform.clock import SystemClock
from infra.places import ROOT

KEY: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY: Final = '{"name": "Größe"}'.encode()


@pytest.fixture(scope="module")
def is_from_baton() -> Callable[..., bool]:
    page = (ROOT / "docs" / "how-to" / "http-targets.md").read_text(encoding="utf-8")
    [code] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102  # our own page
    found: Callable[..., bool] = names["is_from_baton"]
    return found


def signed(at: datetime) -> dict[str, str]:
    return signature.headers(KEY, "01RUN-1", at, BODY)


def test_it_takes_what_was_signed_just_now(is_from_baton: Callable[..., bool]) -> None:
    assert is_from_baton(KEY, signed(SystemClock().now()), BODY)


def test_it_takes_one_good_signature_of_several(is_from_baton: Callable[..., bool]) -> None:
    headers = signed(SystemClock().now())
    headers["webhook-signature"] = f"v1,bm9uZQ== {headers['webhook-signature']}"
    assert is_from_baton(KEY, headers, BODY)


def test_it_refuses_another_body_key_id_and_time(is_from_baton: Callable[..., bool]) -> None:
    now = SystemClock().now()
    assert not is_from_baton(KEY, signed(now), BODY + b" ")
    assert not is_from_baton(KEY[:-1] + "x", signed(now), BODY)
    assert not is_from_baton(KEY, {**signed(now), "webhook-id": "other"}, BODY)
    assert not is_from_baton(KEY, signed(now - timedelta(minutes=6)), BODY)
    shifted = str(int(now.timestamp()) + 1)
    assert not is_from_baton(KEY, {**signed(now), "webhook-timestamp": shifted}, BODY)
