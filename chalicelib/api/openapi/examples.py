"""Examples for the API's description. The tests check them against their schemas."""

from typing import Any, Final

_ID: Final = "01KJQ4Z6W0ZTG4X2N8Q5V7B3CD"
_RUN_ID: Final = "01KJT8QG007MVRX1H2J3K4N5PQ"

_DEFINITION: Final = {
    "name": "Nightly crawl",
    "cadence": {"type": "cron", "expression": "0 3 * * 1-5", "timezone": "Europe/Berlin"},
    "target": {"type": "function", "name": "cleanup-logs", "params": {}},
}
_WEBHOOK: Final = {
    "name": "Mailbox sync",
    "tags": ["mail"],
    "cadence": {"type": "interval", "seconds": 900, "from": "completion"},
    "target": {
        "type": "http",
        "method": "POST",
        "url": "https://sync.example.com/start",
        "headers": {"X-Key": {"secret": "sync-key"}},
        "completion": "callback",
    },
    "when_busy": "skip",
    "timeout_seconds": 600,
}

#: Operation → examples of its request's body.
BODIES: Final[dict[str, dict[str, Any]]] = {
    "create_schedule": {
        "function": {"summary": "A function on weekdays at three", "value": _DEFINITION},
        "webhook": {"summary": "A service that calls back when it is done", "value": _WEBHOOK},
    },
    "patch_schedule": {
        "rhythm": {
            "summary": "Another time",
            "value": {"cadence": {"expression": "30 4 * * 1-5"}},
        },
        "reset": {"summary": "Back to the default", "value": {"priority": None}},
    },
    "run_now": {
        "payload": {
            "summary": "With a payload and a budget",
            "value": {"payload": {"depth": 2}, "max_steps": 100},
        }
    },
    "preview_schedule": {
        "draft": {"summary": "A new schedule", "value": {"definition": _DEFINITION, "check": True}},
        "patch": {
            "summary": "A change of one that is there",
            "value": {"schedule_id": _ID, "definition": {"priority": 7}},
        },
    },
    "try_minutes": {
        "stored": {"summary": "One that is there", "value": {"schedule_id": _ID, "hours": 24}}
    },
    "preview_cadence": {
        "cron": {
            "summary": "The next three",
            "value": {"cadence": _DEFINITION["cadence"], "count": 3},
        }
    },
    "patch_settings": {"capacity": {"summary": "Two at once", "value": {"capacity": 2}}},
    "raise_pressure": {"minutes": {"summary": "For five minutes", "value": {"ttl_seconds": 300}}},
    "create_audit": {
        "draft": {
            "summary": "A draft",
            "value": {"title": "Prices of 2026", "url": "https://example.com/prices"},
        }
    },
    "heartbeat": {
        "progress": {
            "summary": "Half way",
            "value": {"steps": 12, "progress": {"done": 50, "total": 100}, "log": "half way"},
        }
    },
    "complete": {
        "totals": {
            "summary": "All done",
            "value": {
                "totals": {"processed": 98, "skipped": 2, "errors": 0},
                "summary": "98 pages",
            },
        }
    },
    "fail": {
        "busy": {
            "summary": "The mail server is busy: try again later",
            "value": {"reason": "rate_limited", "message": "429 from the mail server"},
        }
    },
}

_SCHEDULE: Final = {
    "id": _ID,
    **_DEFINITION,
    "description": "",
    "tags": [],
    "when_busy": "queue",
    "misfire": {"policy": "run_once", "grace_seconds": 300},
    "retry": {
        "max_attempts": 1,
        "delay_seconds": 60,
        "backoff": "fixed",
        "max_delay_seconds": 3600,
    },
    "timeout_seconds": 300,
    "lease_seconds": 1200,
    "max_steps": None,
    "max_tokens": None,
    "max_cost": None,
    "breaker": {"failures": 3, "budget_breaches": 5, "interruptions": 10},
    "pool": "main",
    "priority": 5,
    "jitter_seconds": 0,
    "starts_at": None,
    "ends_at": None,
    "queue_limit_seconds": None,
    "status": "active",
    "broken_reason": None,
    "broken_at": None,
    "next_fire_at": "2026-03-03T02:00:00.000Z",
    "last_run": {
        "id": _RUN_ID,
        "status": "succeeded",
        "finished_at": "2026-03-02T02:01:00.000Z",
    },
    "recent": [["skipped", None], ["succeeded", 59200]],
    "failure_streak": 0,
    "budget_breach_streak": 0,
    "interruption_streak": 0,
    "average_steps": 40.0,
    "average_tokens": None,
    "average_cost": None,
    "average_duration_seconds": 59.2,
    "created_at": "2026-03-01T10:00:00.000Z",
    "updated_at": "2026-03-01T10:00:00.000Z",
}
_RUN: Final = {
    "id": _RUN_ID,
    "schedule_id": _ID,
    "schedule_name": "Nightly crawl",
    "trigger": "scheduled",
    "status": "succeeded",
    "fire_at": "2026-03-02T02:00:00.000Z",
    "queued_at": "2026-03-02T02:00:00.100Z",
    "queue_expires_at": None,
    "pool": "main",
    "priority": 5,
    "not_before": None,
    "claimed_at": "2026-03-02T02:00:00.100Z",
    "started_at": "2026-03-02T02:00:00.300Z",
    "finished_at": "2026-03-02T02:01:00.000Z",
    "attempt": 1,
    "max_attempts": 1,
    "attempts": [
        {
            "number": 1,
            "claimed_at": "2026-03-02T02:00:00.100Z",
            "started_at": "2026-03-02T02:00:00.300Z",
            "ended_at": "2026-03-02T02:01:00.000Z",
            "reason": None,
            "message": None,
        }
    ],
    "slot": "000",
    "lease_expires_at": None,
    "cancel_requested_at": None,
    "cancelled_by": None,
    "deadline_at": "2026-03-02T02:05:00.300Z",
    "heard_at": None,
    "forced": False,
    "for_caller": False,
    "slot_wait_ms": 0,
    "duration_ms": 59700,
    "steps": 40,
    "max_steps": None,
    "max_tokens": None,
    "max_cost": None,
    "progress": {"done": 100, "total": 100},
    "usage": None,
    "exceeded_budget": None,
    "totals": {"processed": 98, "skipped": 2, "errors": 0},
    "summary": "98 pages",
    "failure_reason": None,
    "error_message": None,
    "skip_reason": None,
    "requested_by": None,
    "concurrent_runs": 1,
    "deferred_by_pressure": False,
    "covers": 1,
    "covers_from": None,
}

_HOLDER: Final = {
    "slot": "000",
    "tenant_id": "default",
    "run_id": _RUN_ID,
    "schedule_id": _ID,
    "schedule_name": "Nightly crawl",
    "since": "2026-03-02T02:00:00.100Z",
    "lease_expires_at": "2026-03-02T02:20:00.300Z",
    "forced": False,
}

_COUNTS: Final = {
    "total": 224,
    "by_status": {
        "queued": 0,
        "claimed": 0,
        "running": 1,
        "succeeded": 211,
        "failed": 3,
        "skipped": 9,
        "cancelled": 0,
    },
}
_WAITS: Final = {"p50": 0, "p95": 180000}
_DURATIONS: Final = {"p50": 42000, "p95": 720000}
_OVERVIEW: Final = {
    "now": "2026-03-02T02:00:20.000Z",
    "build": "0.1.0+4f2a9c1d0b7e",
    "pools": [
        {
            "name": "main",
            "capacity": 1,
            "holders": [
                {
                    "slot": "000",
                    "tenant_id": "default",
                    "run_id": _RUN_ID,
                    "schedule_id": _ID,
                    "schedule_name": "Nightly crawl",
                    "status": "running",
                    "trigger": "scheduled",
                    "forced": False,
                    "since": "2026-03-02T02:00:00.100Z",
                    "started_at": "2026-03-02T02:00:00.300Z",
                    "attempt": 1,
                    "max_attempts": 1,
                    "progress": {"done": 31, "total": 100},
                    "steps": 12,
                    "max_steps": 80,
                    "lease_expires_at": "2026-03-02T02:20:00.300Z",
                    "cancel_requested_at": None,
                    "expected_end_at": "2026-03-02T02:00:59.300Z",
                }
            ],
            "waiting": 1,
            "waiting_own": 0,
            "waiting_is_at_least": False,
            "queue": [
                {
                    "position": 1,
                    "tenant_id": None,
                    "run_id": None,
                    "schedule_id": None,
                    "schedule_name": None,
                    "trigger": None,
                    "priority": None,
                    "attempt": None,
                    "fire_at": None,
                    "queued_at": None,
                    "is_behind_its_own": False,
                    "expected_start_at": "2026-03-02T02:00:59.300Z",
                    "expected_duration_seconds": 60.0,
                }
            ],
        }
    ],
    "next": [
        {
            "schedule_id": _ID,
            "schedule_name": "Nightly crawl",
            "due_at": "2026-03-03T02:00:00.000Z",
            "expected_duration_seconds": 59.2,
            "duration_is": "average",
        }
    ],
    "pressure": [],
    "last_tick_at": "2026-03-02T02:00:00.000Z",
    "last_tick_age_seconds": 20.0,
    "warnings": [],
    "unread": 2,
    "unread_is_at_least": False,
    "schedules": {"total": 12, "enabled": 10, "paused": 2, "broken": 0},
    "broken": [],
    "runs_24h": _COUNTS,
    "slot_wait_ms": _WAITS,
    "duration_ms": _DURATIONS,
    "counted_at": "2026-03-02T02:00:04.000Z",
    "counts_are_complete": True,
}
_TIMELINE: Final = {
    "from": "2026-03-01T14:00:00.000Z",
    "to": "2026-03-02T02:00:00.001Z",
    "is_complete": True,
    "complete_from": "2026-03-01T14:00:00.000Z",
    "schedules": {_ID: "Nightly crawl"},
    "runs": [
        {
            "id": _RUN_ID,
            "schedule_id": _ID,
            "status": "succeeded",
            "reason": None,
            "trigger": "scheduled",
            "pool": "main",
            "due_at": "2026-03-02T02:00:00.000Z",
            "queued_at": "2026-03-02T02:00:00.100Z",
            "claimed_at": "2026-03-02T02:00:00.100Z",
            "started_at": "2026-03-02T02:00:00.300Z",
            "finished_at": "2026-03-02T02:01:00.000Z",
            "attempt": 1,
            "slot": None,
            "forced": False,
            "covers": 1,
        }
    ],
    "buckets": [],
    "totals": _COUNTS,
    "slot_wait_ms": _WAITS,
    "duration_ms": _DURATIONS,
}

#: Schema → an example of such an answer.
ANSWERS: Final[dict[str, Any]] = {
    "Overview": _OVERVIEW,
    "Timeline": _TIMELINE,
    "WholeRun": {
        **_RUN,
        "position": None,
        "expected_start_at": None,
        "payload": {"depth": 2},
        "checkpoint": None,
        "log": None,
    },
    "Schedule": _SCHEDULE,
    "SavedSchedule": {"schedule": _SCHEDULE, "warnings": []},
    "ScheduleList": {"items": [_SCHEDULE], "next_cursor": None},
    "Run": _RUN,
    "RunList": {"items": [_RUN], "next_cursor": None},
    "Preview": {
        "description": "At 03:00, Monday through Friday (Europe/Berlin)",
        "fire_times": [
            {"at": "2026-03-02T02:00:00.000Z", "local": "2026-03-02T03:00:00+01:00", "note": None}
        ],
    },
    "Slot": {
        "capacity": 1,
        "holders": [_HOLDER],
        "waiting": 2,
        "last_tick_at": "2026-03-02T02:00:00.000Z",
        "pressure": [],
        "pools": [{"name": "main", "capacity": 1, "holders": [_HOLDER], "waiting": 2}],
    },
}
