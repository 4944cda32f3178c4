"""A person before the dashboard."""

import re
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Locator, Page, expect

#: Milliseconds until what was asked for has to be seen; cold starts on a busy machine included.
PATIENCE: Final = 20_000
_AXE: Final = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
#: Each breach of the content security policy, kept by the page itself.
_WATCH: Final = """
window.breaches = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.breaches.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""


class Reader:
    """One browser profile with one tab."""

    def __init__(self, browser: Browser, url: str, **options: Any) -> None:
        settings: dict[str, Any] = {
            "viewport": {"width": 1280, "height": 800},
            "locale": "en-GB",
            "timezone_id": "Europe/Berlin",
            "bypass_csp": False,
            **options,
        }
        self.url = url
        self.token = ""
        self.context = browser.new_context(**settings)
        self.context.set_default_timeout(PATIENCE)
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.page.add_init_script(_WATCH)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.requests: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))

    def sign_in(self, token: str) -> None:
        """Follow a link as `make run` prints it."""
        self.token = token
        self.page.goto(f"{self.url}/ui#token={token}")
        expect(self.heading("Overview", "Übersicht")).to_be_visible(timeout=PATIENCE)

    def open(self, path: str) -> None:
        """Go to a page by its address."""
        self.page.goto(f"{self.url}/ui{path}")
        expect(self.page.get_by_role("heading", level=1)).to_be_visible(timeout=PATIENCE)

    def heading(self, *names: str) -> Locator:
        """The heading of the page that is called so, in any of the languages."""
        pattern = re.compile("^(" + "|".join(map(re.escape, names)) + ")")
        return self.page.get_by_role("heading", level=1, name=pattern)

    def button(self, name: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_role("button", name=name)

    def link(self, name: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_role("link", name=name)

    def field(self, name: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_label(name, exact=isinstance(name, str))

    def row(self, name: str) -> Locator:
        """The row of a table that is about something of that name."""
        cell = self.page.get_by_role("rowheader", name=re.compile(rf"^{re.escape(name)}\b"))
        return self.page.get_by_role("row").filter(has=cell)

    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog").or_(self.page.get_by_role("alertdialog"))

    def sees(self, text: str | re.Pattern[str], within: float = PATIENCE) -> None:
        """Wait until that text is to be seen."""
        expect(self.page.get_by_text(text).first).to_be_visible(timeout=within)

    def flaws(self) -> list[str]:
        """What axe finds wrong with the page as it is, with each rule of WCAG 2.2 AA."""
        source = _AXE.read_text(encoding="utf-8")
        # Through the debugger, so that the page's own policy stays as strict as it is.
        self.page.evaluate(source)
        found = self.page.evaluate(
            """() => axe.run({runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
              .then((result) => result.violations.map((one) =>
                `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.target + " " +
                  node.any.map((each) => each.message).join("; ")).join(" | ")}`))"""
        )
        return list(found)

    def breaches(self) -> list[str]:
        """Where the page went against its own content security policy."""
        return list(self.page.evaluate("() => window.breaches ?? []"))

    def close(self) -> None:
        """Leave. Fails if the page has met an error that it did not expect, or broke its policy."""
        breaches = self.breaches()
        self.context.close()
        assert not self.faults, self.faults
        assert not breaches, breaches
