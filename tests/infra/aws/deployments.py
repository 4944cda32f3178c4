"""Deployments to an account, with somebody at the terminal who has made up their mind."""

from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO

from chalicelib.platform.clock import SystemClock
from infra.aws.account import Account
from infra.aws.deploy import Deployment
from infra.aws.destroy import destroy
from infra.aws.stacks import Stack
from infra.aws.terminal import Terminal
from infra.package import Package

NAME = "baton-prod"
TOKEN = "the-first-token"


class Screen(StringIO):
    """A terminal, or with `tty` False what a pipe or a log is."""

    def __init__(self, text: str = "", *, tty: bool = True) -> None:
        super().__init__(text)
        self._tty = tty

    def isatty(self) -> bool:
        return self._tty


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody who deploys a package to an account."""

    account: Account
    package: Package

    def stack(self, name: str = NAME) -> Stack:
        """The stack of that name."""
        return Stack(self.account, name, SystemClock(), pause_seconds=0.05)

    def status(self, name: str = NAME) -> str | None:
        """What state the stack is in; None if there is none."""
        described = self.stack(name).describe()
        return described.status if described else None

    def deploy(
        self,
        answers: str = "y\ny\n",
        *,
        given: Mapping[str, str] | None = None,
        tty: bool = True,
        agreed: str = "",
        name: str = NAME,
        bucket: str = "",
        tags: Mapping[str, str] | None = None,
    ) -> str:
        """What is said in the course of a deployment; raises what it raises."""
        screen = Screen(tty=tty)
        Deployment(
            account=self.account,
            stack=self.stack(name),
            package=self.package,
            terminal=Terminal(Screen(answers, tty=tty), screen, agreed),
            given=given or {},
            bucket=bucket,
            tags=tags or {},
            lint=lambda _path, _region: [],
            first_token=lambda tables: f"{TOKEN} of {tables}",
        ).run()
        return screen.getvalue()

    def destroy(self, answers: str = "y\n", *, tty: bool = True, agreed: str = "") -> str:
        """What is said while the stack is deleted."""
        screen = Screen()
        terminal = Terminal(Screen(answers, tty=tty), screen, agreed)
        destroy(self.account, self.stack(), terminal)
        return screen.getvalue()
