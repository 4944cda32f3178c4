"""Shorthands over the HTTP API, for tests."""

from typing import Any

from tests.harness import Answer, Stack


class Api:
    """Shorthands for what most tests do over HTTP."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack

    def set_limits(self, **limits: int) -> None:
        """Set what a tenant may have at most, as an owner does."""
        body = {"limits": limits}
        answer = self.stack.http("PATCH", "/v1/settings", body, token=self.stack.owner)
        assert answer.status == 200, answer.json

    def create(self, token: str | None = None, **changes: Any) -> dict[str, Any]:
        """A new schedule: manual and a one-step drill, unless told otherwise."""
        body = {
            "name": "Probe",
            "cadence": {"type": "manual"},
            "target": {"type": "function", "name": "drill", "params": {"steps": 1, "seconds": 0}},
            **changes,
        }
        answer = self.stack.http("POST", "/v1/schedules", body, token=token or self.stack.operator)
        assert answer.status == 201, answer.json
        return dict(answer.json["schedule"])

    def start(self, schedule: dict[str, Any], query: str = "", **body: Any) -> dict[str, Any]:
        """A run of it, now."""
        answer = self.run_now(schedule, query, **body)
        assert answer.status == 202, answer.json
        return dict(answer.json)

    def run_now(self, schedule: dict[str, Any], query: str = "", **body: Any) -> Answer:
        """The answer to asking for a run now."""
        path = f"/v1/schedules/{schedule['id']}/runs{query}"
        return self.stack.http("POST", path, body, token=self.stack.admin)

    def get(self, path: str, token: str | None = None) -> Any:
        """What a path answers to a viewer."""
        answer = self.stack.http("GET", path, token=token or self.stack.viewer)
        assert answer.status == 200, answer.json
        return answer.json

    def schedule(self, schedule: dict[str, Any]) -> dict[str, Any]:
        """The schedule as it is now."""
        return dict(self.get(f"/v1/schedules/{schedule['id']}"))

    def run(self, run: dict[str, Any]) -> dict[str, Any]:
        """The run as it is now."""
        return dict(self.get(f"/v1/runs/{run['id']}"))

    def runs(self, schedule: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """All runs, or those of a schedule, oldest first; read page by page."""
        found: list[dict[str, Any]] = []
        base = f"/v1/schedules/{schedule['id']}/runs" if schedule else "/v1/runs"
        cursor = ""
        while True:
            page = self.get(f"{base}?limit=200{cursor}")
            found += page["items"]
            if page["next_cursor"] is None:
                return found[::-1]
            cursor = f"&cursor={page['next_cursor']}"

    def log(self, run: dict[str, Any]) -> list[str]:
        """The messages of a run's log."""
        return [line["message"] for line in self.get(f"/v1/runs/{run['id']}/log")["items"]]
