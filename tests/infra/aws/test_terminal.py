"""Who is asked, and what counts as a yes."""

import pytest

from infra.aws.terminal import Terminal
from tests.infra.aws.deployments import Screen


def terminal(answer: str, *, tty: bool = True, agreed: str = "") -> Terminal:
    return Terminal(Screen(answer, tty=tty), Screen(), agreed)


@pytest.mark.parametrize("answer", ["y\n", "Y\n", "yes\n", " YES \n"])
def test_a_yes_is_a_yes(answer: str) -> None:
    assert terminal(answer).agrees("Well?")


@pytest.mark.parametrize("answer", ["", "\n", "n\n", "no\n", "yess\n", "ok\n"])
def test_anything_else_is_a_no(answer: str) -> None:
    assert not terminal(answer).agrees("Well?")


def test_what_nobody_can_answer_is_not_agreed_to() -> None:
    assert not terminal("y\n", tty=False).agrees("Well?")


def test_continuous_integration_agrees_beforehand() -> None:
    assert terminal("", tty=False, agreed="1").agrees("Well?")


@pytest.mark.parametrize("agreed", ["0", "yes", "true", "no"])
def test_other_words_agree_to_nothing(agreed: str) -> None:
    assert not terminal("", tty=False, agreed=agreed).agrees("Well?")


def test_the_loss_of_data_is_agreed_to_expressly() -> None:
    unattended = terminal("", tty=False, agreed="1")
    assert not unattended.agrees("Well?", loses_data=True)
    assert isinstance(unattended.stdout, Screen)
    assert "YES=with-losses agrees to that" in unattended.stdout.getvalue()
    assert terminal("", tty=False, agreed="with-losses").agrees("Well?", loses_data=True)
    # At a terminal the question is asked in spite of YES=1.
    assert not terminal("n\n", agreed="1").agrees("Well?", loses_data=True)
    assert terminal("y\n", agreed="1").agrees("Well?", loses_data=True)


def test_only_a_terminal_is_private() -> None:
    assert Terminal(Screen(), Screen()).is_private
    assert not Terminal(Screen(), Screen(tty=False)).is_private
