"""`baton mcp`, driven by the protocol's own client over a process of its own."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any, Final

import pytest
from mcp import Client, StdioServerParameters, stdio_client
from mcp_types import CallToolResult, TextContent

from baton_cli.agents.bounds import LARGEST_ANSWER, LONGEST_TEXT, bounded
from tests.api_client import Api
from tests.cli.conftest import Cli
from tests.clients.server import Server
from tests.harness import Stack

LOOKING: Final = {
    "list_schedules",
    "get_schedule",
    "explain_schedule",
    "list_runs",
    "get_run",
    "read_log",
    "show_slots",
    "forecast",
    "preview_cadence",
}
CHANGING: Final = {
    "preview_schedule",
    "create_schedule",
    "change_schedule",
    "pause_schedule",
    "resume_schedule",
    "run_now",
    "cancel_run",
}
DRAFT: Final = {
    "name": "Nightly",
    "cadence": {"type": "cron", "expression": "0 3 * * *"},
    "target": {"type": "function", "name": "drill", "params": {}},
}

Work = Callable[["Agent"], Awaitable[None]]


class Agent:
    """What an agent's host does with the tools."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def names(self) -> set[str]:
        return {each.name for each in (await self._client.list_tools()).tools}

    async def ask(self, tool: str, **given: Any) -> Any:
        """The structured answer of a tool, which has to succeed."""
        answer = await self._client.call_tool(tool, given)
        assert not answer.is_error, text(answer)
        assert answer.structured_content is not None
        return answer.structured_content

    async def refused(self, tool: str, **given: Any) -> Any:
        """What a refusal says to the model."""
        answer = await self._client.call_tool(tool, given)
        assert answer.is_error
        return json.loads(text(answer).partition(": ")[2])


def listed(api: Api) -> list[Any]:
    """The schedules that there are."""
    return list(api.get("/v1/schedules")["items"])


def text(answer: CallToolResult) -> str:
    [content] = answer.content
    assert isinstance(content, TextContent)
    return content.text


def with_tools(stack: Stack, token: str, work: Work, *options: str) -> None:
    """Have an agent work with the tools that a token's process offers."""

    async def serve(url: str) -> None:
        process = StdioServerParameters(
            command=sys.executable,
            args=["-m", "baton_cli", "mcp", *options],
            env={"BATON_URL": url, "BATON_TOKEN": token, "PYTHONPATH": ":".join(sys.path)},
        )
        async with Client(stdio_client(process)) as client:
            await work(Agent(client))

    with Server(stack) as server:
        asyncio.run(serve(server.url))


def test_an_agent_makes_runs_watches_and_changes_a_schedule(stack: Stack, api: Api) -> None:
    async def work(agent: Agent) -> None:
        assert await agent.names() == LOOKING | CHANGING
        seen = await agent.ask("preview_cadence", cadence=DRAFT["cadence"], count=2)
        assert len(seen["fire_times"]) == 2
        dry = await agent.ask("create_schedule", definition=DRAFT)
        assert (dry["saved"], dry["errors"]) == (False, []) and listed(api) == []
        made = await agent.ask("create_schedule", definition=DRAFT, dry_run=False)
        assert made["saved"] and made["schedule"]["name"] == "Nightly"
        [short] = (await agent.ask("list_schedules"))["items"]
        assert (short["name"], short["target"]) == ("Nightly", "function")

        seen = await agent.ask("get_schedule", schedule="Nightly")
        changes = {"schedule": "Nightly", "changes": {"priority": 8}, "etag": seen["etag"]}
        assert not (await agent.ask("change_schedule", **changes))["saved"]
        assert api.schedule(made["schedule"])["priority"] == 5
        await agent.ask("change_schedule", **changes, dry_run=False)
        assert api.schedule(made["schedule"])["priority"] == 8
        stale = await agent.refused("change_schedule", **changes, dry_run=False)
        assert stale["code"] == "stale" and "get it again" in stale["what_to_do"]

        assert (await agent.ask("pause_schedule", schedule="Nightly"))["status"] == "paused"
        assert (await agent.ask("resume_schedule", schedule="Nightly"))["status"] == "active"
        assert (await agent.ask("explain_schedule", schedule="Nightly"))["will_run"]
        assert (await agent.ask("forecast", hours=48))["totals"]["runs"] == 2

        run = await agent.ask("run_now", schedule="Nightly", payload={"steps": 2})
        busy = await agent.refused("run_now", schedule="Nightly")
        assert busy["status"] == 429 and busy["slot_eta_seconds"] > 0
        assert "do not call again at once" in busy["what_to_do"]
        [pool] = (await agent.ask("show_slots"))["pools"]
        assert [each["run_id"] for each in pool["holders"]] == [run["id"]]
        waiting = await agent.ask("run_now", schedule="Nightly", when_busy="queue")
        assert (await agent.ask("get_run", run=waiting["id"]))["position"] == 1
        assert (await agent.ask("cancel_run", run=waiting["id"]))["status"] == "cancelled"
        stack.deliver()
        assert (await agent.ask("get_run", run=run["id"]))["status"] == "succeeded"
        lines = (await agent.ask("read_log", run=run["id"], tail=1))["items"]
        assert [line["message"] for line in lines] == ["Step 2 of 2 done"]
        [ended] = (await agent.ask("list_runs", schedule="Nightly", status=["succeeded"]))["items"]
        assert ended["id"] == run["id"]

    with_tools(stack, stack.operator, work)


def test_quieter_minutes_are_offered_where_it_would_wait(stack: Stack, api: Api) -> None:
    api.create(name="Neighbour", cadence=DRAFT["cadence"])

    async def work(agent: Agent) -> None:
        dry = await agent.ask("preview_schedule", definition=DRAFT)
        assert len(dry["quieter_minutes"]) == 5
        assert all(each["mean_wait_seconds"] == 0 for each in dry["quieter_minutes"])
        wrong = await agent.ask("preview_schedule", definition={**DRAFT, "name": ""})
        assert [each["field"] for each in wrong["errors"]] == ["name"]
        told = await agent.refused("create_schedule", definition={}, dry_run=False)
        assert {"cadence", "name", "target"} <= {each["field"] for each in told["errors"]}
        assert (await agent.refused("get_schedule", schedule="Nobody"))["detail"]

    with_tools(stack, stack.operator, work)


def test_who_may_only_look_is_offered_nothing_else(stack: Stack, api: Api) -> None:
    api.create()

    async def work(agent: Agent) -> None:
        assert await agent.names() == LOOKING
        [short] = (await agent.ask("list_schedules", limit=1))["items"]
        assert short["name"] == "Probe"

    with_tools(stack, stack.viewer, work)


def test_deleting_and_forcing_have_to_be_allowed(stack: Stack, api: Api) -> None:
    made = api.create(name="Nightly")
    api.start(made)

    async def work(agent: Agent) -> None:
        assert await agent.names() == LOOKING | CHANGING | {"delete_schedule", "force_run_now"}
        assert (await agent.ask("force_run_now", schedule="Nightly"))["forced"]
        kept = await agent.ask("delete_schedule", schedule=made["id"], name="Another")
        assert kept["deleted"] is None and "Nightly" in kept["why"]
        gone = await agent.ask("delete_schedule", schedule=made["id"], name="Nightly")
        assert gone["deleted"] == made["id"] and listed(api) == []

    with_tools(stack, stack.admin, work, "--allow", "delete", "--allow", "force")


def test_what_the_token_may_not_do_cannot_be_allowed(cli: Cli) -> None:
    result = cli.run("mcp", "--allow", "force")
    assert (result.exit_code, "scope admin" in result.stderr) == (1, True)


@pytest.mark.parametrize(
    "answer",
    [
        {"log": "x" * 100_000},
        {"items": [{"text": "y" * 1_500}] * 200, "next_cursor": None},
        {"payload": {f"k{number}": "z" * 500 for number in range(1_000)}, "id": "01"},
    ],
)
def test_no_answer_is_larger_than_a_model_can_read(answer: dict[str, Any]) -> None:
    found = bounded(answer)
    assert len(json.dumps(found)) <= LARGEST_ANSWER + 200
    assert found != answer and set(found) >= set(answer) - set(found.get("left_out", ()))


def test_what_is_cut_says_so() -> None:
    cut = bounded({"message": "x" * (LONGEST_TEXT + 7)})["message"]
    assert cut.endswith("… (7 characters more)")
    assert bounded({"id": "01", "n": 3}) == {"id": "01", "n": 3}
