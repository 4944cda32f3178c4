"""What AWS allows to be done with a stack, by its status."""

from dataclasses import dataclass
from enum import Enum


class NextStep(Enum):
    """What a deployment does next, by where the stack is."""

    #: There is no stack: it is created.
    CREATE = "create"
    #: The stack is there: it is changed.
    UPDATE = "update"
    #: A shell without resources is left of an attempt: AWS wants it deleted before the next.
    CLEAR_AWAY = "clear away"
    #: Somebody has to do something first.
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Situation:
    """What a deployment does next, and a sentence for people, empty if there is nothing to say."""

    step: NextStep
    sentence: str = ""


#: Statuses that a stack rests in, and from which it can be changed.
_CHANGEABLE = frozenset(
    {
        "CREATE_COMPLETE",
        "IMPORT_COMPLETE",
        "IMPORT_ROLLBACK_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
    }
)
#: Statuses that say a change was done as asked.
DONE = frozenset({"CREATE_COMPLETE", "DELETE_COMPLETE", "IMPORT_COMPLETE", "UPDATE_COMPLETE"})


def situation(stack: str, status: str | None) -> Situation:
    """How a deployment goes on from a status; None means that there is no such stack."""
    if status in (None, "DELETE_COMPLETE"):
        return Situation(NextStep.CREATE)
    if status in _CHANGEABLE:
        return Situation(NextStep.UPDATE)
    return _unusual(stack, str(status))


def _unusual(stack: str, status: str) -> Situation:
    if status == "REVIEW_IN_PROGRESS":
        return Situation(
            NextStep.CLEAR_AWAY,
            f"The stack {stack} was looked at once and never made: the empty shell is removed.",
        )
    if status == "ROLLBACK_COMPLETE":
        return Situation(
            NextStep.CLEAR_AWAY,
            f"Making the stack {stack} failed and was undone: the empty shell is removed.",
        )
    if is_under_way(status):
        return Situation(
            NextStep.STOP,
            f"The stack {stack} is being changed at the moment ({status}). Wait for it.",
        )
    if status == "UPDATE_ROLLBACK_FAILED":
        return Situation(
            NextStep.STOP,
            f"The last change of the stack {stack} failed, and so did undoing it. See to what its"
            " events name, and have AWS go on with it:\n"
            f"  aws cloudformation continue-update-rollback --stack-name {stack}",
        )
    return Situation(
        NextStep.STOP,
        f"The stack {stack} is of no use as it is ({status}). Remove it, which keeps its tables:"
        f" make destroy {for_make(stack)}",
    )


def for_make(stack: str) -> str:
    """The argument that names the stack to `make`."""
    stage = stack.removeprefix("baton-")
    return f"STACK={stack}" if stage == stack else f"STAGE={stage}"


def is_under_way(status: str) -> bool:
    """Whether something is being done with the stack."""
    return status.endswith("_IN_PROGRESS")
