"""Audits and notifications from the command line."""

from tests.cli.conftest import Cli


def test_an_audits_life(cli: Cli) -> None:
    audit = cli.json(
        "audits", "create", "A page", "--web", "https://example.com/", "--external-id", "7"
    )
    assert audit["state"] == "draft"
    assert cli.json("audits", "publish", audit["id"])["review_at"] == "2026-03-31T00:00:00.000Z"
    assert cli.json("audits", "extend", audit["id"], "--days", "5")["review_at"] == (
        "2026-03-06T00:00:00.000Z"
    )
    assert "inactive" in cli.ok("audits", "deactivate", audit["id"])
    assert cli.json("audits", "list", "--state", "inactive")["items"][0]["id"] == audit["id"]
    assert cli.json("audits", "reactivate", audit["id"])["state"] == "active"
    assert cli.json("audits", "list", "--external-id", "7")["items"][0]["id"] == audit["id"]
    assert "A page" in cli.ok("audits", "get", audit["id"])


def test_what_its_state_does_not_allow_is_refused(cli: Cli) -> None:
    audit = cli.json("audits", "create", "A page")
    result = cli.run("audits", "extend", audit["id"])
    assert (result.exit_code, "409 conflict" in result.stderr) == (1, True)


def test_a_question_is_answered(cli: Cli) -> None:
    audit = cli.json("audits", "create", "A page", "--published-at", "2026-01-15T00:00:00Z")
    cli.stack.daily()
    notification = cli.json("notifications", "list", "--unread")["items"][0]
    assert notification["audit_id"] == audit["id"]
    assert "keep or deactivate" in cli.ok("notifications", "list")
    assert cli.json("notifications", "resolve", notification["id"], "keep")["resolution"] == "keep"
    assert cli.json("audits", "get", audit["id"])["state"] == "active"
    assert cli.run("notifications", "resolve", notification["id"], "burn").exit_code == 2


def test_a_notification_is_read(cli: Cli) -> None:
    cli.json("audits", "create", "A page", "--published-at", "2026-01-15T00:00:00Z")
    cli.stack.daily()
    notification = cli.json("notifications", "list")["items"][0]
    assert cli.json("notifications", "read", notification["id"])["read"] is True
    assert cli.ok("notifications", "list", "--unread").strip() == "None."


def test_all_notifications_are_read_at_once(cli: Cli) -> None:
    for title in ("One", "Two"):
        cli.json("audits", "create", title, "--published-at", "2026-01-15T00:00:00Z")
    cli.stack.daily()
    assert cli.json("notifications", "read", "--all") == {"read": 2, "unread_count": 0}
    assert cli.run("notifications", "read").exit_code == 2
