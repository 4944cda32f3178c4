"""Every call of the API by its name: made by `python -m infra.clients`."""

from __future__ import annotations

from typing import Any, Literal, cast

from baton import types
from baton.exchange import KEY, Call, path
from baton.pages import AsyncPages, Pages


class Operations:
    """The calls. Whoever derives from it says how one is carried."""

    def _value(self, call: Call) -> Any:
        raise NotImplementedError

    def _pages(self, call: Call) -> Pages[Any, Any]:
        raise NotImplementedError

    def list_activity(
        self,
        *,
        limit: int | None = None,
        subject: str | None = None,
        actor: str | None = None,
        action: str | None = None,
    ) -> Pages[types.Activity, types.ActivityList]:
        """List who did what in the tenant, newest first, filtered as the query says."""
        call = Call(
            "GET",
            "/v1/activity",
            query={"limit": limit, "subject": subject, "actor": actor, "action": action},
        )
        return self._pages(call)

    def list_audits(
        self,
        *,
        limit: int | None = None,
        state: Literal["draft", "active", "review_due", "inactive"] | None = None,
        external_id: str | None = None,
    ) -> Pages[types.Audit, types.AuditList]:
        """List the tenant's audits, newest first, or those with a `state` or an `external_id`."""
        call = Call(
            "GET", "/v1/audits", query={"limit": limit, "state": state, "external_id": external_id}
        )
        return self._pages(call)

    def create_audit(
        self, body: types.NewAuditIn, *, idempotency_key: str | None = None
    ) -> types.Audit:
        """Create an audit."""
        call = Call("POST", "/v1/audits", body=body, headers={KEY: idempotency_key}, creates=True)
        return cast("types.Audit", self._value(call))

    def delete_audit(self, audit_id: str, *, if_match: str | None = None) -> None:
        """Delete an audit."""
        call = Call(
            "DELETE",
            path("/v1/audits/{audit_id}", audit_id=audit_id),
            headers={"If-Match": if_match},
        )
        self._value(call)

    def get_audit(self, audit_id: str) -> types.Audit:
        """Get one audit."""
        call = Call("GET", path("/v1/audits/{audit_id}", audit_id=audit_id))
        return cast("types.Audit", self._value(call))

    def patch_audit(
        self, audit_id: str, body: types.AuditPatch, *, if_match: str | None = None
    ) -> types.Audit:
        """Change an audit by merge patch."""
        call = Call(
            "PATCH",
            path("/v1/audits/{audit_id}", audit_id=audit_id),
            body=body,
            headers={"If-Match": if_match},
        )
        return cast("types.Audit", self._value(call))

    def deactivate_audit(self, audit_id: str, *, if_match: str | None = None) -> types.Audit:
        """Take a published audit down."""
        call = Call(
            "POST",
            path("/v1/audits/{audit_id}/deactivate", audit_id=audit_id),
            headers={"If-Match": if_match},
        )
        return cast("types.Audit", self._value(call))

    def extend_audit(
        self, audit_id: str, body: types.ExtendIn | None = None, *, if_match: str | None = None
    ) -> types.Audit:
        """Keep a published audit."""
        call = Call(
            "POST",
            path("/v1/audits/{audit_id}/extend", audit_id=audit_id),
            body=body,
            headers={"If-Match": if_match},
        )
        return cast("types.Audit", self._value(call))

    def publish_audit(self, audit_id: str, *, if_match: str | None = None) -> types.Audit:
        """Publish a draft, now."""
        call = Call(
            "POST",
            path("/v1/audits/{audit_id}/publish", audit_id=audit_id),
            headers={"If-Match": if_match},
        )
        return cast("types.Audit", self._value(call))

    def reactivate_audit(self, audit_id: str, *, if_match: str | None = None) -> types.Audit:
        """Publish an inactive audit again."""
        call = Call(
            "POST",
            path("/v1/audits/{audit_id}/reactivate", audit_id=audit_id),
            headers={"If-Match": if_match},
        )
        return cast("types.Audit", self._value(call))

    def suggest_budget(
        self,
        *,
        type: Literal["function", "http", "lambda", "step_function"] | None = None,
        name: str | None = None,
    ) -> types.Budget:
        """Suggest budgets of steps, tokens and cost for a target, from schedules with …."""
        call = Call("GET", "/v1/budget-suggestion", query={"type": type, "name": name})
        return cast("types.Budget", self._value(call))

    def preview_cadence(self, body: types.PreviewIn) -> types.Preview:
        """Say what a cadence means, in words and as its next fire times after an instant."""
        call = Call("POST", "/v1/cadence/preview", body=body)
        return cast("types.Preview", self._value(call))

    def list_dead_letters(self) -> types.DeadLetters:
        """List the deployment's dead letters, a hundred of each kind at most."""
        call = Call("GET", "/v1/dead-letters")
        return cast("types.DeadLetters", self._value(call))

    def redrive_dead_letters(self) -> types.Redriven:
        """Send dead letters back to their queues, a hundred of each kind at most."""
        call = Call("POST", "/v1/dead-letters/redrive")
        return cast("types.Redriven", self._value(call))

    def get_forecast(
        self,
        *,
        hours: int | None = None,
        pool: str | None = None,
        planned: bool | None = None,
        current: bool | None = None,
    ) -> types.Forecast:
        """Forecast the coming hours of a pool, from nominal fire times and average durations."""
        call = Call(
            "GET",
            "/v1/forecast",
            query={"hours": hours, "pool": pool, "planned": planned, "current": current},
        )
        return cast("types.Forecast", self._value(call))

    def try_minutes(self, body: types.TrialIn | None = None) -> types.Trial:
        """Say what would become of a schedule, or of a draft, at each minute of the hour."""
        call = Call("POST", "/v1/forecast/trial", body=body)
        return cast("types.Trial", self._value(call))

    def get_health(self) -> types.Health:
        """Say whether all is well."""
        call = Call("GET", "/v1/health")
        return cast("types.Health", self._value(call))

    def list_jobs(self) -> types.JobList:
        """List the registered functions by name, with the JSON Schemas of their parameters."""
        call = Call("GET", "/v1/jobs")
        return cast("types.JobList", self._value(call))

    def get_limits(self) -> types.Limits:
        """Get what the tenant may have at most, and how much of it there is."""
        call = Call("GET", "/v1/limits")
        return cast("types.Limits", self._value(call))

    def get_me(self) -> types.Me:
        """Say who is calling."""
        call = Call("GET", "/v1/me")
        return cast("types.Me", self._value(call))

    def list_notifications(
        self, *, limit: int | None = None, unread: bool | None = None
    ) -> Pages[types.Notification, types.Notifications]:
        """List the tenant's notifications, newest first, or only the unread ones."""
        call = Call("GET", "/v1/notifications", query={"limit": limit, "unread": unread})
        return self._pages(call)

    def read_all_notifications(self, body: types.ReadAllIn | None = None) -> types.ReadAll:
        """Mark what is unread as read, the newest first."""
        call = Call("POST", "/v1/notifications/read-all", body=body)
        return cast("types.ReadAll", self._value(call))

    def get_notification(self, notification_id: str) -> types.Notification:
        """Get one notification."""
        call = Call(
            "GET", path("/v1/notifications/{notification_id}", notification_id=notification_id)
        )
        return cast("types.Notification", self._value(call))

    def read_notification(self, notification_id: str) -> types.Notification:
        """Mark a notification as read."""
        call = Call(
            "POST",
            path("/v1/notifications/{notification_id}/read", notification_id=notification_id),
        )
        return cast("types.Notification", self._value(call))

    def resolve_notification(
        self, notification_id: str, body: types.ResolveIn
    ) -> types.Notification:
        """Answer a notification."""
        call = Call(
            "POST",
            path("/v1/notifications/{notification_id}/resolve", notification_id=notification_id),
            body=body,
        )
        return cast("types.Notification", self._value(call))

    def get_overview(self) -> types.Overview:
        """Get what goes on."""
        call = Call("GET", "/v1/overview")
        return cast("types.Overview", self._value(call))

    def drop_pressure(self, source: str, *, deployment: bool | None = None) -> None:
        """Take the signal of a source back."""
        call = Call(
            "DELETE", path("/v1/pressure/{source}", source=source), query={"deployment": deployment}
        )
        self._value(call)

    def raise_pressure(
        self, source: str, body: types.PressureIn, *, deployment: bool | None = None
    ) -> types.Pressure:
        """Signal that somebody works interactively."""
        call = Call(
            "PUT",
            path("/v1/pressure/{source}", source=source),
            query={"deployment": deployment},
            body=body,
        )
        return cast("types.Pressure", self._value(call))

    def list_runs(
        self,
        *,
        limit: int | None = None,
        status: list[
            Literal["queued", "claimed", "running", "succeeded", "failed", "skipped", "cancelled"]
        ]
        | None = None,
        trigger: Literal["scheduled", "manual", "catch_up", "retry"] | None = None,
        failure_reason: Literal[
            "error",
            "timeout",
            "lease_expired",
            "budget_exceeded",
            "aborted",
            "rate_limited",
            "auth_failed",
            "http_error",
            "item_errors",
            "target_not_found",
            "never_started",
        ]
        | None = None,
        skip_reason: Literal[
            "slot_busy",
            "misfire",
            "coalesced",
            "queue_expired",
            "schedule_deleted",
            "schedule_paused",
            "schedule_broken",
            "no_show",
        ]
        | None = None,
        pool: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        schedule_id: str | None = None,
    ) -> Pages[types.Run, types.RunList]:
        """List the tenant's runs, newest first, filtered as the query says."""
        call = Call(
            "GET",
            "/v1/runs",
            query={
                "limit": limit,
                "status": status,
                "trigger": trigger,
                "failure_reason": failure_reason,
                "skip_reason": skip_reason,
                "pool": pool,
                "from": from_,
                "to": to,
                "schedule_id": schedule_id,
            },
        )
        return self._pages(call)

    def get_run(self, run_id: str, *, log_after: int | None = None) -> types.WholeRun:
        """Get one run with its payload, its place in the queue, and new lines of its log if …."""
        call = Call("GET", path("/v1/runs/{run_id}", run_id=run_id), query={"log_after": log_after})
        return cast("types.WholeRun", self._value(call))

    def cancel_run(self, run_id: str, *, tenant_id: str | None = None) -> types.Run:
        """Cancel a run."""
        call = Call(
            "POST", path("/v1/runs/{run_id}/cancel", run_id=run_id), query={"tenant_id": tenant_id}
        )
        return cast("types.Run", self._value(call))

    def complete(self, run_id: str, body: types.CompleteIn | None = None) -> types.Run:
        """A target reports that its work is done."""
        call = Call("POST", path("/v1/runs/{run_id}/complete", run_id=run_id), body=body)
        return cast("types.Run", self._value(call))

    def fail(self, run_id: str, body: types.FailIn) -> types.Run:
        """A target reports that its work failed."""
        call = Call("POST", path("/v1/runs/{run_id}/fail", run_id=run_id), body=body)
        return cast("types.Run", self._value(call))

    def heartbeat(self, run_id: str, body: types.HeartbeatIn | None = None) -> types.Heartbeat:
        """A target's sign of life."""
        call = Call("POST", path("/v1/runs/{run_id}/heartbeat", run_id=run_id), body=body)
        return cast("types.Heartbeat", self._value(call))

    def get_log(
        self,
        run_id: str,
        *,
        after: int | None = None,
        tail: int | None = None,
        before: int | None = None,
        level: Literal["debug", "info", "warning", "error"] | None = None,
        limit: int | None = None,
    ) -> types.Log:
        """Read the run's log in order."""
        call = Call(
            "GET",
            path("/v1/runs/{run_id}/log", run_id=run_id),
            query={"after": after, "tail": tail, "before": before, "level": level, "limit": limit},
        )
        return cast("types.Log", self._value(call))

    def retry_run(
        self,
        run_id: str,
        body: types.RunNowIn | None = None,
        *,
        start: Literal["caller"] | None = None,
        when_busy: Literal["reject", "queue", "force"] | None = None,
        idempotency_key: str | None = None,
    ) -> types.Run:
        """Do an ended run over as a new run, with its payload unless another one is given."""
        call = Call(
            "POST",
            path("/v1/runs/{run_id}/retry", run_id=run_id),
            query={"start": start, "when_busy": when_busy},
            body=body,
            headers={KEY: idempotency_key},
            creates=True,
        )
        return cast("types.Run", self._value(call))

    def start_run(self, run_id: str, *, idempotency_key: str | None = None) -> types.CallerRun:
        """Start a run that waited for its slot, as its caller, who does the work from now on."""
        call = Call(
            "POST",
            path("/v1/runs/{run_id}/start", run_id=run_id),
            headers={KEY: idempotency_key},
            creates=True,
        )
        return cast("types.CallerRun", self._value(call))

    def list_schedules(
        self,
        *,
        limit: int | None = None,
        status: Literal["active", "paused", "broken"] | None = None,
        target: str | None = None,
        q: str | None = None,
    ) -> Pages[types.Schedule, types.ScheduleList]:
        """List the tenant's schedules, newest first, filtered as the query says."""
        call = Call(
            "GET",
            "/v1/schedules",
            query={"limit": limit, "status": status, "target": target, "q": q},
        )
        return self._pages(call)

    def create_schedule(
        self, body: types.NewScheduleIn, *, idempotency_key: str | None = None
    ) -> types.SavedSchedule:
        """Create a schedule."""
        call = Call(
            "POST", "/v1/schedules", body=body, headers={KEY: idempotency_key}, creates=True
        )
        return cast("types.SavedSchedule", self._value(call))

    def preview_schedule(self, body: types.PreviewDraftIn | None = None) -> types.Draft:
        """Say what saving a draft would say."""
        call = Call("POST", "/v1/schedules/preview", body=body)
        return cast("types.Draft", self._value(call))

    def delete_schedule(self, schedule_id: str, *, if_match: str | None = None) -> None:
        """Delete a schedule and its history."""
        call = Call(
            "DELETE",
            path("/v1/schedules/{schedule_id}", schedule_id=schedule_id),
            headers={"If-Match": if_match},
        )
        self._value(call)

    def get_schedule(self, schedule_id: str) -> types.Schedule:
        """Get one schedule."""
        call = Call("GET", path("/v1/schedules/{schedule_id}", schedule_id=schedule_id))
        return cast("types.Schedule", self._value(call))

    def patch_schedule(
        self,
        schedule_id: str,
        body: types.SchedulePatch,
        *,
        replace: Literal["target"] | None = None,
        if_match: str | None = None,
    ) -> types.SavedSchedule:
        """Change a schedule by merge patch."""
        call = Call(
            "PATCH",
            path("/v1/schedules/{schedule_id}", schedule_id=schedule_id),
            query={"replace": replace},
            body=body,
            headers={"If-Match": if_match},
        )
        return cast("types.SavedSchedule", self._value(call))

    def check_schedule(self, schedule_id: str) -> types.Readiness:
        """Check whether the schedule's target could run now, without running it."""
        call = Call("POST", path("/v1/schedules/{schedule_id}/check", schedule_id=schedule_id))
        return cast("types.Readiness", self._value(call))

    def explain_schedule(self, schedule_id: str) -> types.Explanation:
        """Explain when a schedule will run and why, or why it will not, and what happened …."""
        call = Call("GET", path("/v1/schedules/{schedule_id}/explain", schedule_id=schedule_id))
        return cast("types.Explanation", self._value(call))

    def pause_schedule(self, schedule_id: str, *, if_match: str | None = None) -> types.Schedule:
        """Switch a schedule off."""
        call = Call(
            "POST",
            path("/v1/schedules/{schedule_id}/pause", schedule_id=schedule_id),
            headers={"If-Match": if_match},
        )
        return cast("types.Schedule", self._value(call))

    def resume_schedule(self, schedule_id: str, *, if_match: str | None = None) -> types.Schedule:
        """Switch a schedule on, from now and with clean streaks."""
        call = Call(
            "POST",
            path("/v1/schedules/{schedule_id}/resume", schedule_id=schedule_id),
            headers={"If-Match": if_match},
        )
        return cast("types.Schedule", self._value(call))

    def list_runs_of_schedule(
        self,
        schedule_id: str,
        *,
        limit: int | None = None,
        status: list[
            Literal["queued", "claimed", "running", "succeeded", "failed", "skipped", "cancelled"]
        ]
        | None = None,
        trigger: Literal["scheduled", "manual", "catch_up", "retry"] | None = None,
        failure_reason: Literal[
            "error",
            "timeout",
            "lease_expired",
            "budget_exceeded",
            "aborted",
            "rate_limited",
            "auth_failed",
            "http_error",
            "item_errors",
            "target_not_found",
            "never_started",
        ]
        | None = None,
        skip_reason: Literal[
            "slot_busy",
            "misfire",
            "coalesced",
            "queue_expired",
            "schedule_deleted",
            "schedule_paused",
            "schedule_broken",
            "no_show",
        ]
        | None = None,
        pool: str | None = None,
        from_: str | None = None,
        to: str | None = None,
    ) -> Pages[types.Run, types.RunList]:
        """List the schedule's runs, newest first, filtered as the query says."""
        call = Call(
            "GET",
            path("/v1/schedules/{schedule_id}/runs", schedule_id=schedule_id),
            query={
                "limit": limit,
                "status": status,
                "trigger": trigger,
                "failure_reason": failure_reason,
                "skip_reason": skip_reason,
                "pool": pool,
                "from": from_,
                "to": to,
            },
        )
        return self._pages(call)

    def run_now(
        self,
        schedule_id: str,
        body: types.RunNowIn | None = None,
        *,
        start: Literal["caller"] | None = None,
        when_busy: Literal["reject", "queue", "force"] | None = None,
        idempotency_key: str | None = None,
    ) -> types.Run:
        """Start a run at once if a slot is free."""
        call = Call(
            "POST",
            path("/v1/schedules/{schedule_id}/runs", schedule_id=schedule_id),
            query={"start": start, "when_busy": when_busy},
            body=body,
            headers={KEY: idempotency_key},
            creates=True,
        )
        return cast("types.Run", self._value(call))

    def get_settings(self) -> dict[str, Any]:
        """Get the deployment's settings."""
        call = Call("GET", "/v1/settings")
        return cast("dict[str, Any]", self._value(call))

    def patch_settings(
        self, body: types.SettingsPatch, *, if_match: str | None = None
    ) -> dict[str, Any]:
        """Change settings by merge patch."""
        call = Call("PATCH", "/v1/settings", body=body, headers={"If-Match": if_match})
        return cast("dict[str, Any]", self._value(call))

    def get_slot(self, *, pool: str | None = None) -> types.Slot:
        """Get who holds the slots of each pool that the tenant may use, and how many wait."""
        call = Call("GET", "/v1/slot", query={"pool": pool})
        return cast("types.Slot", self._value(call))

    def get_stats(self) -> types.Stats:
        """Count the tenant's schedules, its runs of the last 24 hours, and what works and …."""
        call = Call("GET", "/v1/stats")
        return cast("types.Stats", self._value(call))

    def tick(self) -> types.Pass:
        """Make a pass now."""
        call = Call("POST", "/v1/tick")
        return cast("types.Pass", self._value(call))

    def get_timeline(
        self,
        *,
        from_: str | None = None,
        to: str | None = None,
        schedule_id: str | None = None,
        bucket_seconds: int | None = None,
    ) -> types.Timeline:
        """Get the runs that overlap a time, as rows for a time axis, or sums of them."""
        call = Call(
            "GET",
            "/v1/timeline",
            query={
                "from": from_,
                "to": to,
                "schedule_id": schedule_id,
                "bucket_seconds": bucket_seconds,
            },
        )
        return cast("types.Timeline", self._value(call))

    def list_tokens(self, *, limit: int | None = None) -> Pages[types.Token, types.TokenList]:
        """List the tenant's API tokens, newest first."""
        call = Call("GET", "/v1/tokens", query={"limit": limit})
        return self._pages(call)

    def create_token(
        self, body: types.TokenIn, *, idempotency_key: str | None = None
    ) -> types.NewToken:
        """Create an API token."""
        call = Call("POST", "/v1/tokens", body=body, headers={KEY: idempotency_key}, creates=True)
        return cast("types.NewToken", self._value(call))

    def revoke_token(self, token_id: str, *, cascade: bool | None = None) -> None:
        """Revoke an API token."""
        call = Call(
            "DELETE", path("/v1/tokens/{token_id}", token_id=token_id), query={"cascade": cascade}
        )
        self._value(call)

    def get_token(self, token_id: str) -> types.Token:
        """Get one API token."""
        call = Call("GET", path("/v1/tokens/{token_id}", token_id=token_id))
        return cast("types.Token", self._value(call))

    def rotate_token(
        self,
        token_id: str,
        body: types.RotateIn | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> types.RotatedToken:
        """Give an API token another secret, shown in this answer and never again."""
        call = Call(
            "POST",
            path("/v1/tokens/{token_id}/rotate", token_id=token_id),
            body=body,
            headers={KEY: idempotency_key},
            creates=True,
        )
        return cast("types.RotatedToken", self._value(call))


class AsyncOperations:
    """The calls. Whoever derives from it says how one is carried."""

    async def _value(self, call: Call) -> Any:
        raise NotImplementedError

    def _pages(self, call: Call) -> AsyncPages[Any, Any]:
        raise NotImplementedError

    def list_activity(
        self,
        *,
        limit: int | None = None,
        subject: str | None = None,
        actor: str | None = None,
        action: str | None = None,
    ) -> AsyncPages[types.Activity, types.ActivityList]:
        """List who did what in the tenant, newest first, filtered as the query says."""
        call = Call(
            "GET",
            "/v1/activity",
            query={"limit": limit, "subject": subject, "actor": actor, "action": action},
        )
        return self._pages(call)

    def list_audits(
        self,
        *,
        limit: int | None = None,
        state: Literal["draft", "active", "review_due", "inactive"] | None = None,
        external_id: str | None = None,
    ) -> AsyncPages[types.Audit, types.AuditList]:
        """List the tenant's audits, newest first, or those with a `state` or an `external_id`."""
        call = Call(
            "GET", "/v1/audits", query={"limit": limit, "state": state, "external_id": external_id}
        )
        return self._pages(call)

    async def create_audit(
        self, body: types.NewAuditIn, *, idempotency_key: str | None = None
    ) -> types.Audit:
        """Create an audit."""
        call = Call("POST", "/v1/audits", body=body, headers={KEY: idempotency_key}, creates=True)
        return cast("types.Audit", await self._value(call))

    async def delete_audit(self, audit_id: str, *, if_match: str | None = None) -> None:
        """Delete an audit."""
        call = Call(
            "DELETE",
            path("/v1/audits/{audit_id}", audit_id=audit_id),
            headers={"If-Match": if_match},
        )
        await self._value(call)

    async def get_audit(self, audit_id: str) -> types.Audit:
        """Get one audit."""
        call = Call("GET", path("/v1/audits/{audit_id}", audit_id=audit_id))
        return cast("types.Audit", await self._value(call))

    async def patch_audit(
        self, audit_id: str, body: types.AuditPatch, *, if_match: str | None = None
    ) -> types.Audit:
        """Change an audit by merge patch."""
        call = Call(
            "PATCH",
            path("/v1/audits/{audit_id}", audit_id=audit_id),
            body=body,
            headers={"If-Match": if_match},
        )
        return cast("types.Audit", await self._value(call))

    async def deactivate_audit(self, audit_id: str, *, if_match: str | None = None) -> types.Audit:
        """Take a published audit down."""
        call = Call(
            "POST",
            path("/v1/audits/{audit_id}/deactivate", audit_id=audit_id),
            headers={"If-Match": if_match},
        )
        return cast("types.Audit", await self._value(call))

    async def extend_audit(
        self, audit_id: str, body: types.ExtendIn | None = None, *, if_match: str | None = None
    ) -> types.Audit:
        """Keep a published audit."""
        call = Call(
            "POST",
            path("/v1/audits/{audit_id}/extend", audit_id=audit_id),
            body=body,
            headers={"If-Match": if_match},
        )
        return cast("types.Audit", await self._value(call))

    async def publish_audit(self, audit_id: str, *, if_match: str | None = None) -> types.Audit:
        """Publish a draft, now."""
        call = Call(
            "POST",
            path("/v1/audits/{audit_id}/publish", audit_id=audit_id),
            headers={"If-Match": if_match},
        )
        return cast("types.Audit", await self._value(call))

    async def reactivate_audit(self, audit_id: str, *, if_match: str | None = None) -> types.Audit:
        """Publish an inactive audit again."""
        call = Call(
            "POST",
            path("/v1/audits/{audit_id}/reactivate", audit_id=audit_id),
            headers={"If-Match": if_match},
        )
        return cast("types.Audit", await self._value(call))

    async def suggest_budget(
        self,
        *,
        type: Literal["function", "http", "lambda", "step_function"] | None = None,
        name: str | None = None,
    ) -> types.Budget:
        """Suggest budgets of steps, tokens and cost for a target, from schedules with …."""
        call = Call("GET", "/v1/budget-suggestion", query={"type": type, "name": name})
        return cast("types.Budget", await self._value(call))

    async def preview_cadence(self, body: types.PreviewIn) -> types.Preview:
        """Say what a cadence means, in words and as its next fire times after an instant."""
        call = Call("POST", "/v1/cadence/preview", body=body)
        return cast("types.Preview", await self._value(call))

    async def list_dead_letters(self) -> types.DeadLetters:
        """List the deployment's dead letters, a hundred of each kind at most."""
        call = Call("GET", "/v1/dead-letters")
        return cast("types.DeadLetters", await self._value(call))

    async def redrive_dead_letters(self) -> types.Redriven:
        """Send dead letters back to their queues, a hundred of each kind at most."""
        call = Call("POST", "/v1/dead-letters/redrive")
        return cast("types.Redriven", await self._value(call))

    async def get_forecast(
        self,
        *,
        hours: int | None = None,
        pool: str | None = None,
        planned: bool | None = None,
        current: bool | None = None,
    ) -> types.Forecast:
        """Forecast the coming hours of a pool, from nominal fire times and average durations."""
        call = Call(
            "GET",
            "/v1/forecast",
            query={"hours": hours, "pool": pool, "planned": planned, "current": current},
        )
        return cast("types.Forecast", await self._value(call))

    async def try_minutes(self, body: types.TrialIn | None = None) -> types.Trial:
        """Say what would become of a schedule, or of a draft, at each minute of the hour."""
        call = Call("POST", "/v1/forecast/trial", body=body)
        return cast("types.Trial", await self._value(call))

    async def get_health(self) -> types.Health:
        """Say whether all is well."""
        call = Call("GET", "/v1/health")
        return cast("types.Health", await self._value(call))

    async def list_jobs(self) -> types.JobList:
        """List the registered functions by name, with the JSON Schemas of their parameters."""
        call = Call("GET", "/v1/jobs")
        return cast("types.JobList", await self._value(call))

    async def get_limits(self) -> types.Limits:
        """Get what the tenant may have at most, and how much of it there is."""
        call = Call("GET", "/v1/limits")
        return cast("types.Limits", await self._value(call))

    async def get_me(self) -> types.Me:
        """Say who is calling."""
        call = Call("GET", "/v1/me")
        return cast("types.Me", await self._value(call))

    def list_notifications(
        self, *, limit: int | None = None, unread: bool | None = None
    ) -> AsyncPages[types.Notification, types.Notifications]:
        """List the tenant's notifications, newest first, or only the unread ones."""
        call = Call("GET", "/v1/notifications", query={"limit": limit, "unread": unread})
        return self._pages(call)

    async def read_all_notifications(self, body: types.ReadAllIn | None = None) -> types.ReadAll:
        """Mark what is unread as read, the newest first."""
        call = Call("POST", "/v1/notifications/read-all", body=body)
        return cast("types.ReadAll", await self._value(call))

    async def get_notification(self, notification_id: str) -> types.Notification:
        """Get one notification."""
        call = Call(
            "GET", path("/v1/notifications/{notification_id}", notification_id=notification_id)
        )
        return cast("types.Notification", await self._value(call))

    async def read_notification(self, notification_id: str) -> types.Notification:
        """Mark a notification as read."""
        call = Call(
            "POST",
            path("/v1/notifications/{notification_id}/read", notification_id=notification_id),
        )
        return cast("types.Notification", await self._value(call))

    async def resolve_notification(
        self, notification_id: str, body: types.ResolveIn
    ) -> types.Notification:
        """Answer a notification."""
        call = Call(
            "POST",
            path("/v1/notifications/{notification_id}/resolve", notification_id=notification_id),
            body=body,
        )
        return cast("types.Notification", await self._value(call))

    async def get_overview(self) -> types.Overview:
        """Get what goes on."""
        call = Call("GET", "/v1/overview")
        return cast("types.Overview", await self._value(call))

    async def drop_pressure(self, source: str, *, deployment: bool | None = None) -> None:
        """Take the signal of a source back."""
        call = Call(
            "DELETE", path("/v1/pressure/{source}", source=source), query={"deployment": deployment}
        )
        await self._value(call)

    async def raise_pressure(
        self, source: str, body: types.PressureIn, *, deployment: bool | None = None
    ) -> types.Pressure:
        """Signal that somebody works interactively."""
        call = Call(
            "PUT",
            path("/v1/pressure/{source}", source=source),
            query={"deployment": deployment},
            body=body,
        )
        return cast("types.Pressure", await self._value(call))

    def list_runs(
        self,
        *,
        limit: int | None = None,
        status: list[
            Literal["queued", "claimed", "running", "succeeded", "failed", "skipped", "cancelled"]
        ]
        | None = None,
        trigger: Literal["scheduled", "manual", "catch_up", "retry"] | None = None,
        failure_reason: Literal[
            "error",
            "timeout",
            "lease_expired",
            "budget_exceeded",
            "aborted",
            "rate_limited",
            "auth_failed",
            "http_error",
            "item_errors",
            "target_not_found",
            "never_started",
        ]
        | None = None,
        skip_reason: Literal[
            "slot_busy",
            "misfire",
            "coalesced",
            "queue_expired",
            "schedule_deleted",
            "schedule_paused",
            "schedule_broken",
            "no_show",
        ]
        | None = None,
        pool: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        schedule_id: str | None = None,
    ) -> AsyncPages[types.Run, types.RunList]:
        """List the tenant's runs, newest first, filtered as the query says."""
        call = Call(
            "GET",
            "/v1/runs",
            query={
                "limit": limit,
                "status": status,
                "trigger": trigger,
                "failure_reason": failure_reason,
                "skip_reason": skip_reason,
                "pool": pool,
                "from": from_,
                "to": to,
                "schedule_id": schedule_id,
            },
        )
        return self._pages(call)

    async def get_run(self, run_id: str, *, log_after: int | None = None) -> types.WholeRun:
        """Get one run with its payload, its place in the queue, and new lines of its log if …."""
        call = Call("GET", path("/v1/runs/{run_id}", run_id=run_id), query={"log_after": log_after})
        return cast("types.WholeRun", await self._value(call))

    async def cancel_run(self, run_id: str, *, tenant_id: str | None = None) -> types.Run:
        """Cancel a run."""
        call = Call(
            "POST", path("/v1/runs/{run_id}/cancel", run_id=run_id), query={"tenant_id": tenant_id}
        )
        return cast("types.Run", await self._value(call))

    async def complete(self, run_id: str, body: types.CompleteIn | None = None) -> types.Run:
        """A target reports that its work is done."""
        call = Call("POST", path("/v1/runs/{run_id}/complete", run_id=run_id), body=body)
        return cast("types.Run", await self._value(call))

    async def fail(self, run_id: str, body: types.FailIn) -> types.Run:
        """A target reports that its work failed."""
        call = Call("POST", path("/v1/runs/{run_id}/fail", run_id=run_id), body=body)
        return cast("types.Run", await self._value(call))

    async def heartbeat(
        self, run_id: str, body: types.HeartbeatIn | None = None
    ) -> types.Heartbeat:
        """A target's sign of life."""
        call = Call("POST", path("/v1/runs/{run_id}/heartbeat", run_id=run_id), body=body)
        return cast("types.Heartbeat", await self._value(call))

    async def get_log(
        self,
        run_id: str,
        *,
        after: int | None = None,
        tail: int | None = None,
        before: int | None = None,
        level: Literal["debug", "info", "warning", "error"] | None = None,
        limit: int | None = None,
    ) -> types.Log:
        """Read the run's log in order."""
        call = Call(
            "GET",
            path("/v1/runs/{run_id}/log", run_id=run_id),
            query={"after": after, "tail": tail, "before": before, "level": level, "limit": limit},
        )
        return cast("types.Log", await self._value(call))

    async def retry_run(
        self,
        run_id: str,
        body: types.RunNowIn | None = None,
        *,
        start: Literal["caller"] | None = None,
        when_busy: Literal["reject", "queue", "force"] | None = None,
        idempotency_key: str | None = None,
    ) -> types.Run:
        """Do an ended run over as a new run, with its payload unless another one is given."""
        call = Call(
            "POST",
            path("/v1/runs/{run_id}/retry", run_id=run_id),
            query={"start": start, "when_busy": when_busy},
            body=body,
            headers={KEY: idempotency_key},
            creates=True,
        )
        return cast("types.Run", await self._value(call))

    async def start_run(
        self, run_id: str, *, idempotency_key: str | None = None
    ) -> types.CallerRun:
        """Start a run that waited for its slot, as its caller, who does the work from now on."""
        call = Call(
            "POST",
            path("/v1/runs/{run_id}/start", run_id=run_id),
            headers={KEY: idempotency_key},
            creates=True,
        )
        return cast("types.CallerRun", await self._value(call))

    def list_schedules(
        self,
        *,
        limit: int | None = None,
        status: Literal["active", "paused", "broken"] | None = None,
        target: str | None = None,
        q: str | None = None,
    ) -> AsyncPages[types.Schedule, types.ScheduleList]:
        """List the tenant's schedules, newest first, filtered as the query says."""
        call = Call(
            "GET",
            "/v1/schedules",
            query={"limit": limit, "status": status, "target": target, "q": q},
        )
        return self._pages(call)

    async def create_schedule(
        self, body: types.NewScheduleIn, *, idempotency_key: str | None = None
    ) -> types.SavedSchedule:
        """Create a schedule."""
        call = Call(
            "POST", "/v1/schedules", body=body, headers={KEY: idempotency_key}, creates=True
        )
        return cast("types.SavedSchedule", await self._value(call))

    async def preview_schedule(self, body: types.PreviewDraftIn | None = None) -> types.Draft:
        """Say what saving a draft would say."""
        call = Call("POST", "/v1/schedules/preview", body=body)
        return cast("types.Draft", await self._value(call))

    async def delete_schedule(self, schedule_id: str, *, if_match: str | None = None) -> None:
        """Delete a schedule and its history."""
        call = Call(
            "DELETE",
            path("/v1/schedules/{schedule_id}", schedule_id=schedule_id),
            headers={"If-Match": if_match},
        )
        await self._value(call)

    async def get_schedule(self, schedule_id: str) -> types.Schedule:
        """Get one schedule."""
        call = Call("GET", path("/v1/schedules/{schedule_id}", schedule_id=schedule_id))
        return cast("types.Schedule", await self._value(call))

    async def patch_schedule(
        self,
        schedule_id: str,
        body: types.SchedulePatch,
        *,
        replace: Literal["target"] | None = None,
        if_match: str | None = None,
    ) -> types.SavedSchedule:
        """Change a schedule by merge patch."""
        call = Call(
            "PATCH",
            path("/v1/schedules/{schedule_id}", schedule_id=schedule_id),
            query={"replace": replace},
            body=body,
            headers={"If-Match": if_match},
        )
        return cast("types.SavedSchedule", await self._value(call))

    async def check_schedule(self, schedule_id: str) -> types.Readiness:
        """Check whether the schedule's target could run now, without running it."""
        call = Call("POST", path("/v1/schedules/{schedule_id}/check", schedule_id=schedule_id))
        return cast("types.Readiness", await self._value(call))

    async def explain_schedule(self, schedule_id: str) -> types.Explanation:
        """Explain when a schedule will run and why, or why it will not, and what happened …."""
        call = Call("GET", path("/v1/schedules/{schedule_id}/explain", schedule_id=schedule_id))
        return cast("types.Explanation", await self._value(call))

    async def pause_schedule(
        self, schedule_id: str, *, if_match: str | None = None
    ) -> types.Schedule:
        """Switch a schedule off."""
        call = Call(
            "POST",
            path("/v1/schedules/{schedule_id}/pause", schedule_id=schedule_id),
            headers={"If-Match": if_match},
        )
        return cast("types.Schedule", await self._value(call))

    async def resume_schedule(
        self, schedule_id: str, *, if_match: str | None = None
    ) -> types.Schedule:
        """Switch a schedule on, from now and with clean streaks."""
        call = Call(
            "POST",
            path("/v1/schedules/{schedule_id}/resume", schedule_id=schedule_id),
            headers={"If-Match": if_match},
        )
        return cast("types.Schedule", await self._value(call))

    def list_runs_of_schedule(
        self,
        schedule_id: str,
        *,
        limit: int | None = None,
        status: list[
            Literal["queued", "claimed", "running", "succeeded", "failed", "skipped", "cancelled"]
        ]
        | None = None,
        trigger: Literal["scheduled", "manual", "catch_up", "retry"] | None = None,
        failure_reason: Literal[
            "error",
            "timeout",
            "lease_expired",
            "budget_exceeded",
            "aborted",
            "rate_limited",
            "auth_failed",
            "http_error",
            "item_errors",
            "target_not_found",
            "never_started",
        ]
        | None = None,
        skip_reason: Literal[
            "slot_busy",
            "misfire",
            "coalesced",
            "queue_expired",
            "schedule_deleted",
            "schedule_paused",
            "schedule_broken",
            "no_show",
        ]
        | None = None,
        pool: str | None = None,
        from_: str | None = None,
        to: str | None = None,
    ) -> AsyncPages[types.Run, types.RunList]:
        """List the schedule's runs, newest first, filtered as the query says."""
        call = Call(
            "GET",
            path("/v1/schedules/{schedule_id}/runs", schedule_id=schedule_id),
            query={
                "limit": limit,
                "status": status,
                "trigger": trigger,
                "failure_reason": failure_reason,
                "skip_reason": skip_reason,
                "pool": pool,
                "from": from_,
                "to": to,
            },
        )
        return self._pages(call)

    async def run_now(
        self,
        schedule_id: str,
        body: types.RunNowIn | None = None,
        *,
        start: Literal["caller"] | None = None,
        when_busy: Literal["reject", "queue", "force"] | None = None,
        idempotency_key: str | None = None,
    ) -> types.Run:
        """Start a run at once if a slot is free."""
        call = Call(
            "POST",
            path("/v1/schedules/{schedule_id}/runs", schedule_id=schedule_id),
            query={"start": start, "when_busy": when_busy},
            body=body,
            headers={KEY: idempotency_key},
            creates=True,
        )
        return cast("types.Run", await self._value(call))

    async def get_settings(self) -> dict[str, Any]:
        """Get the deployment's settings."""
        call = Call("GET", "/v1/settings")
        return cast("dict[str, Any]", await self._value(call))

    async def patch_settings(
        self, body: types.SettingsPatch, *, if_match: str | None = None
    ) -> dict[str, Any]:
        """Change settings by merge patch."""
        call = Call("PATCH", "/v1/settings", body=body, headers={"If-Match": if_match})
        return cast("dict[str, Any]", await self._value(call))

    async def get_slot(self, *, pool: str | None = None) -> types.Slot:
        """Get who holds the slots of each pool that the tenant may use, and how many wait."""
        call = Call("GET", "/v1/slot", query={"pool": pool})
        return cast("types.Slot", await self._value(call))

    async def get_stats(self) -> types.Stats:
        """Count the tenant's schedules, its runs of the last 24 hours, and what works and …."""
        call = Call("GET", "/v1/stats")
        return cast("types.Stats", await self._value(call))

    async def tick(self) -> types.Pass:
        """Make a pass now."""
        call = Call("POST", "/v1/tick")
        return cast("types.Pass", await self._value(call))

    async def get_timeline(
        self,
        *,
        from_: str | None = None,
        to: str | None = None,
        schedule_id: str | None = None,
        bucket_seconds: int | None = None,
    ) -> types.Timeline:
        """Get the runs that overlap a time, as rows for a time axis, or sums of them."""
        call = Call(
            "GET",
            "/v1/timeline",
            query={
                "from": from_,
                "to": to,
                "schedule_id": schedule_id,
                "bucket_seconds": bucket_seconds,
            },
        )
        return cast("types.Timeline", await self._value(call))

    def list_tokens(self, *, limit: int | None = None) -> AsyncPages[types.Token, types.TokenList]:
        """List the tenant's API tokens, newest first."""
        call = Call("GET", "/v1/tokens", query={"limit": limit})
        return self._pages(call)

    async def create_token(
        self, body: types.TokenIn, *, idempotency_key: str | None = None
    ) -> types.NewToken:
        """Create an API token."""
        call = Call("POST", "/v1/tokens", body=body, headers={KEY: idempotency_key}, creates=True)
        return cast("types.NewToken", await self._value(call))

    async def revoke_token(self, token_id: str, *, cascade: bool | None = None) -> None:
        """Revoke an API token."""
        call = Call(
            "DELETE", path("/v1/tokens/{token_id}", token_id=token_id), query={"cascade": cascade}
        )
        await self._value(call)

    async def get_token(self, token_id: str) -> types.Token:
        """Get one API token."""
        call = Call("GET", path("/v1/tokens/{token_id}", token_id=token_id))
        return cast("types.Token", await self._value(call))

    async def rotate_token(
        self,
        token_id: str,
        body: types.RotateIn | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> types.RotatedToken:
        """Give an API token another secret, shown in this answer and never again."""
        call = Call(
            "POST",
            path("/v1/tokens/{token_id}/rotate", token_id=token_id),
            body=body,
            headers={KEY: idempotency_key},
            creates=True,
        )
        return cast("types.RotatedToken", await self._value(call))
