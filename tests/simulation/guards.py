"""Every guard of the engine, each with a variant without it and the rule that notices.

A guard is a part whose absence no example test need notice, because it matters only when two
processes meet, one dies, or a message comes twice. Here each is taken away alone; where two stand
one behind the other, both are.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from chalicelib.domain import ids
from chalicelib.domain.deployment import floor
from chalicelib.domain.deployment.turns import Turn
from chalicelib.domain.runs import arming, firing, lease, run, settle, waiting
from chalicelib.domain.runs.run import Run
from chalicelib.engine.moves import (
    claiming,
    ending_writes,
    forgetting,
    lines,
    pool_queues,
    resting,
    settling,
    slot_claims,
    streak_notifications,
)
from chalicelib.engine.moves.slot_claims import SlotClaims
from chalicelib.engine.requests import schedule_changes
from chalicelib.engine.running import runner
from chalicelib.engine.scheduling import fire, passes, rule_changes, summary
from chalicelib.store import (
    activity_items,
    deletion_items,
    line_items,
    pressure_items,
    use_items,
)
from chalicelib.store.dynamodb import conditions
from tests import permissions
from tests.simulation import (
    breaker_rules,
    callers,
    ending,
    fire_rules,
    line_rules,
    order_rules,
    reconciliation,
    run_rules,
    targets,
    tenant_rules,
    without,
)
from tests.simulation.faults import FaultPlan
from tests.simulation.processes import ESCAPED, GRANTED
from tests.simulation.without import Without, swaps
from tests.simulation.world import SECOND

#: Each history draws its own.
DRAWN: Final = None
CALM: Final = FaultPlan()
#: Nothing goes wrong, but every process stands still for moments: two meet wherever they can.
SLOW: Final = FaultPlan(stall=0.4, longest_stall=3 * SECOND)
#: The same, and nearly every job fails.
FAILING: Final = FaultPlan(stall=0.4, longest_stall=3 * SECOND, failure=0.9)
#: Slow, and messages and ticks come twice and late.
CROWDED: Final = FaultPlan(
    stall=0.3, longest_stall=4 * SECOND, message_twice=0.6, message_late=0.1, tick_twice=0.7
)
#: Everything comes twice, and at once.
EAGER: Final = FaultPlan(message_twice=1, tick_twice=1)
#: Processes stand still for longer than their leases; targets fall silent.
ASLEEP: Final = FaultPlan(
    stall=0.25, longest_stall=80 * SECOND, silence=0.4, message_twice=0.6, tick_twice=0.7
)
#: Targets wake up at the last moment, and every call takes long.
DROWSY: Final = FaultPlan(
    stall=0.5, longest_stall=15 * SECOND, silence=0.9, message_twice=1, tick_twice=1, tick_late=0.5
)
#: Targets fall silent, and somebody looks all the time.
WATCHED: Final = FaultPlan(silence=0.8, message_twice=1, tick_twice=1, tick_late=1)
#: Processes die and writes fail.
ROUGH: Final = FaultPlan(crash=0.01, throttle=0.05, conflict=0.05, connection=0.03, repeat=0.03)
#: No run message ever arrives.
DEAF: Final = FaultPlan(runs_vanish=True)
#: Storage refuses nearly half of everything, and everybody is slow.
BUSY: Final = FaultPlan(throttle=0.45, stall=0.05, longest_stall=70 * SECOND)

#: An edit goes by its own clock alone, even where that is behind what is recorded.
_GOES_BACK: Final = (arming, "past_what_is_recorded", lambda _schedule, after: after)

#: Whoever stands where nobody knows of it breaks one of these first.
_LINES: Final = (line_rules.HEAD, line_rules.LINE, line_rules.STANDING)


@dataclass(frozen=True, slots=True)
class Guard:
    """A guard, how to take it away, the faults that make it matter, the rules that notice."""

    name: str
    without: Without
    plan: FaultPlan | None
    rules: tuple[str, ...]
    #: A rule that would notice first, and says less.
    besides: tuple[str, ...] = ()
    #: By how many histories it must have been noticed.
    histories: int = 100
    #: Whether there are schedules in them whose work is done elsewhere.
    with_callers: bool = False


GUARDS: Final = (
    Guard(
        "schedule_is_unchanged",
        swaps((conditions, "schedule_is_unchanged", without.any_schedule)),
        CROWDED,
        (
            fire_rules.TOGETHER,
            fire_rules.ONE_RECORD,
            fire_rules.ARMED,
            breaker_rules.STREAKS,
            ESCAPED,
        ),
        besides=(*_LINES, tenant_rules.COUNTED, tenant_rules.LIMITED),
    ),
    Guard(
        "recorded_until: an edit does not go back behind what is recorded",
        swaps(_GOES_BACK),
        EAGER,
        (fire_rules.NEXT,),
    ),
    Guard(
        "run_is_new (with recorded_until gone too)",
        swaps(_GOES_BACK, (conditions, "run_is_new", without.any_run)),
        EAGER,
        (run_rules.TRANSITION, run_rules.SLOTS, run_rules.TOKEN, fire_rules.ONE_RECORD),
        besides=(fire_rules.NEXT,),
    ),
    Guard(
        "run ids derived from the fire time (with recorded_until gone too)",
        swaps(_GOES_BACK, (ids, "scheduled_run_id", without.random_id)),
        EAGER,
        (fire_rules.ONE_RECORD,),
        besides=(fire_rules.NEXT,),
    ),
    Guard(
        "schedule and record change in one write",
        without.record_apart,
        CALM,
        (fire_rules.TOGETHER, run_rules.SLOTS),
    ),
    Guard(
        "a skipped fire time is recorded",
        without.skips_unrecorded,
        CALM,
        (reconciliation.RECONCILED,),
        besides=(fire_rules.TOGETHER, fire_rules.NEXT),
    ),
    Guard(
        "run_is_queued",
        swaps((conditions, "run_is_queued", without.any_run)),
        CROWDED,
        (run_rules.TRANSITION, run_rules.SLOTS, run_rules.TOKEN, run_rules.BELIEF),
        besides=(*_LINES, tenant_rules.COUNTED, ending.FINALITY),
    ),
    Guard(
        "run_is_claimed",
        swaps((conditions, "run_is_claimed", without.any_run)),
        CROWDED,
        (run_rules.TRANSITION, run_rules.HOLDER, targets.ONCE),
    ),
    Guard(
        "run_is_claimed: the status",
        swaps((conditions, "run_is_claimed", without.claimed_or_not)),
        CROWDED,
        (run_rules.TRANSITION, run_rules.HOLDER, targets.ONCE),
    ),
    Guard(
        "a message of an old claim starts nothing",
        swaps((runner, "_start", without.start_blindly)),
        CROWDED,
        (ESCAPED,),
    ),
    Guard(
        "who lost the start asks whether it was itself",
        swaps((runner, "_if_mine", without.anybodys)),
        CROWDED,
        (targets.ONCE, run_rules.HOLDER),
    ),
    Guard(
        "run_is_held",
        swaps((conditions, "run_is_held", without.any_run)),
        CROWDED,
        (run_rules.TRANSITION, run_rules.HOLDER, run_rules.SLOTS),
    ),
    Guard(
        "run_is_held: the token",
        swaps((conditions, "run_is_held", without.held_by_any)),
        ASLEEP,
        (run_rules.HOLDER, run_rules.SLOTS, run_rules.TRANSITION),
        histories=300,
    ),
    Guard(
        "slot_is_free",
        swaps((conditions, "slot_is_free", without.any_slot)),
        CROWDED,
        (run_rules.SLOTS,),
    ),
    Guard(
        "slot_is_held_by",
        swaps((conditions, "slot_is_held_by", without.any_slot)),
        CROWDED,
        (run_rules.SLOTS, run_rules.TOKEN),
    ),
    Guard(
        "lease_has_ended: the reaper's predicate inside the write",
        swaps((conditions, "lease_has_ended", without.any_run)),
        DROWSY,
        (run_rules.BELIEF,),
        histories=300,
    ),
    Guard(
        "SKEW_MARGIN",
        swaps((lease, "SKEW_MARGIN", timedelta(0))),
        WATCHED,
        (run_rules.BELIEF,),
    ),
    Guard(
        "the holder stops at its lease's end",
        swaps((lease, "has_ended", lambda *_: False)),
        BUSY,
        (targets.STOPS,),
        histories=300,
    ),
    Guard(
        "tokens rise",
        swaps((slot_claims, "next_token", lambda *_: 1)),
        CROWDED,
        (run_rules.TOKEN,),
    ),
    Guard(
        "the slot is released in the write that ends the run",
        without.release_apart,
        CALM,
        (run_rules.SLOTS,),
    ),
    Guard(
        "no claim above the capacity",
        swaps((floor.Floor, "free", property(without.one_slot_more))),
        CALM,
        (run_rules.CAPACITY,),
    ),
    Guard(
        "MAX_UNSTARTED_CLAIMS",
        swaps(
            (settling, "MAX_UNSTARTED_CLAIMS", 10**6),
            (lease, "DELIVERY", timedelta(seconds=20)),  # or no history is long enough
        ),
        DEAF,
        (run_rules.UNSTARTED,),
    ),
    Guard(
        "the second look at the floor after queueing",
        swaps((passes.Pass, "_claim", without.not_again())),
        SLOW,
        (order_rules.IDLE,),
        besides=(order_rules.ORDER, order_rules.TURNS),
        histories=300,
    ),
    Guard(
        "the order of the queue",
        swaps(
            (run, "order_of", without.order_by_id),
            (waiting, "order_of", without.order_by_id),
            (pool_queues, "order_of", without.order_by_id),
            (line_items, "order_of", without.order_by_id),
        ),
        SLOW,
        (order_rules.ORDER,),
        histories=300,
    ),
    Guard(
        "tenants in turn: who was served last is last",
        swaps((Turn, "begins_behind", without.always_from_the_first)),
        SLOW,
        (order_rules.TURNS,),
        histories=300,
    ),
    Guard(
        "one run of a schedule stands in a queue, the others in its line",
        swaps((waiting, "enter", without.as_if_alone)),
        CALM,
        (line_rules.HEAD, line_rules.LINE),
    ),
    Guard(
        "who moves a schedule's runs has seen who stands in its line and as its head",
        swaps((conditions, "schedule_is_unchanged", without.schedule_whoever_stands)),
        CROWDED,
        (line_rules.HEAD, line_rules.LINE, line_rules.STANDING),
        histories=300,
    ),
    Guard(
        "run_is_queued: the place",
        swaps((conditions, "run_is_queued", without.queued_anywhere)),
        CROWDED,
        (line_rules.HEAD, line_rules.LINE, line_rules.STANDING),
        histories=1000,
    ),
    Guard(
        "who leaves a line takes its item along",
        swaps((line_items, "delete", without.nothing)),
        CALM,
        (line_rules.STANDING,),
    ),
    Guard(
        "the next of a line comes forward as a run ends",
        swaps((lines, "let_forward", without.nobody_forward)),
        CALM,
        (order_rules.IDLE, ending.FINALITY, ending.OVERDUE),
    ),
    Guard(
        "who ends hands its slot over",
        swaps((claiming, "hand_over", without.nothing)),
        CALM,
        (order_rules.IDLE,),
    ),
    Guard(
        "who hands out slots knows whom the index may not have yet",
        swaps((pool_queues.Queue, "add", without.nothing)),
        CALM,
        (order_rules.IDLE,),
        histories=300,
    ),
    Guard(
        "a retry whose rest is over comes to stand in a queue",
        swaps((resting, "end_rests", without.no_heads)),
        CALM,
        (order_rules.IDLE, ending.FINALITY, ending.OVERDUE),
    ),
    Guard(
        "only own runs move the breaker",
        swaps((Run, "moves_breaker", property(lambda _run: True))),
        CALM,
        (breaker_rules.STREAKS,),
    ),
    Guard(
        "a claim knows which run of the schedule is at work",
        swaps(
            (SlotClaims, "would_overlap", lambda *_: False),
            (conditions, "schedule_is_unchanged", without.schedule_whoever_works),
        ),
        CALM,
        (run_rules.OVERLAP,),
    ),
    Guard(
        "what is off starts nothing of its own",
        swaps(
            (settle, "reason_not_to_start", lambda *_: None),
            (settling, "skip_what_waits", without.nothing),
        ),
        CALM,
        (run_rules.OFF,),
    ),
    Guard(
        "an edit keeps or records what had come",
        swaps((schedule_changes, "keep_what_is_set", without.set_fire_times_lost)),
        SLOW,
        (reconciliation.RECONCILED, fire_rules.NEXT),
        histories=300,
    ),
    Guard(
        "a breaker that trips records what had come",
        swaps((ending_writes, "keep_what_is_set", without.set_fire_times_lost)),
        FAILING,
        (reconciliation.RECONCILED,),
        histories=1000,
    ),
    Guard(
        "a forced run waits for no slot but its own",
        swaps((claiming, "slot_of_its_own", without.first_slot)),
        DEAF,
        (run_rules.FORCED_SLOT, ending.FINALITY, ending.OVERDUE),
        histories=300,
    ),
    Guard(
        "the breaker moves in the write that ends the run",
        without.breaker_apart,
        CALM,
        (breaker_rules.STREAKS,),
        besides=(*_LINES, order_rules.IDLE, order_rules.ORDER, tenant_rules.COUNTED),
    ),
    Guard(
        "a forced run comes with its activity",
        swaps((activity_items, "put", without.nothing)),
        CALM,
        (run_rules.FORCED, run_rules.DELETED),
    ),
    Guard(
        "a deletion leaves word of what is to be removed",
        swaps((deletion_items, "put", without.nothing)),
        SLOW,
        (run_rules.DELETED,),
    ),
    Guard(
        "ticks remove the history of deleted schedules",
        swaps(
            (forgetting, "forget_each", without.nothing),
            (forgetting, "forget_newest", without.nothing),
        ),
        SLOW,
        (ending.FORGOTTEN,),
    ),
    Guard(
        "a tenant's waiting and forced runs are counted on the condition that there may be more",
        swaps((conditions, "use_is_unknown_or_below", without.any_use)),
        CALM,
        (tenant_rules.LIMITED,),
    ),
    Guard(
        "who puts a run in the queue sees how many of its schedule wait already",
        swaps((conditions, "schedule_is_unchanged", without.schedule_but_not_who_waits)),
        SLOW,
        (tenant_rules.COUNTED, tenant_rules.LIMITED),
        besides=_LINES,
    ),
    Guard(
        "a run that leaves the queue is counted off in the write that moves it",
        swaps((use_items, "give_back_of_run", without.nothing)),
        CALM,
        (tenant_rules.COUNTED,),
    ),
    Guard(
        "what other time-zone rules set is set anew before it fires",
        swaps(
            (fire, "is_outdated", lambda _schedule: False),
            (rule_changes, "set_rest_anew", without.nothing),
        ),
        CALM,
        (fire_rules.FIRST_ANEW,),
    ),
    Guard(
        "ticks look for what other time-zone rules set",
        swaps((rule_changes, "set_rest_anew", without.nothing)),
        CALM,
        (ending.ZONE_RULES,),
    ),
    Guard(
        "the runner may delete the history of a schedule that is gone",
        swaps((permissions, "allows", without.runner_deletes_no_history)),
        ROUGH,
        (GRANTED,),
    ),
    Guard(
        "pressure is its own tenant's",
        swaps((pressure_items, "of_tenants", without.anybodys_pressure)),
        SLOW,
        (fire_rules.APART,),
        besides=(order_rules.ORDER, order_rules.TURNS),
        histories=300,
    ),
    Guard(
        "an error in one item stays there",
        swaps((summary.Summary, "guarded", without.unguarded)),
        ROUGH,
        (ESCAPED,),
    ),
    Guard(
        "a run whose caller does it is no message to the runner",
        swaps((slot_claims, "send_to_runner", without.any_run_to_runner)),
        CALM,
        (callers.UNSENT,),
        with_callers=True,
    ),
    Guard(
        "a waiting caller that has gone loses its slot",
        swaps((settling, "_never_started", without.callers_come_back)),
        CALM,
        (run_rules.UNSTARTED, ending.FINALITY),
        with_callers=True,
    ),
    Guard(
        "a run waits for a slot of the pool that it was seen in",
        swaps((conditions, "_waits_for", without.any_pool)),
        DRAWN,
        (run_rules.SLOTS, run_rules.CAPACITY),
        histories=2000,
    ),
    Guard(
        "whoever comes for a fire time moves the schedule past it",
        swaps((firing, "came_for", without.nothing)),
        CALM,
        (callers.CAME,),
        with_callers=True,
    ),
    Guard(
        "whoever comes and finds no slot is remembered",
        swaps((firing, "turned_away", lambda schedule, _now: schedule)),
        CALM,
        (callers.CAME,),
        with_callers=True,
    ),
    Guard(
        "that nobody came is told with the record of it",
        swaps(
            (
                streak_notifications,
                "tell_of_no_show",
                lambda _transaction, schedule, _run, _now: schedule,
            )
        ),
        CALM,
        (callers.TOLD,),
        with_callers=True,
    ),
)
