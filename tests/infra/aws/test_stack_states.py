"""How a deployment goes on from whatever state a stack is in."""

import pytest
from botocore.session import Session

from infra.aws.stack_states import DONE, NextStep, for_make, is_under_way, situation

STATUSES = (
    Session().get_service_model("cloudformation").shape_for("StackStatus").enum  # type: ignore[attr-defined]  # a string shape has it
)


def test_where_there_is_no_stack_one_is_made() -> None:
    assert situation("baton-prod", None).step is NextStep.CREATE
    assert situation("baton-prod", "DELETE_COMPLETE").step is NextStep.CREATE


@pytest.mark.parametrize(
    "status",
    [
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "IMPORT_COMPLETE",
        "IMPORT_ROLLBACK_COMPLETE",
    ],
)
def test_a_stack_at_rest_is_changed(status: str) -> None:
    assert situation("baton-prod", status).step is NextStep.UPDATE
    assert situation("baton-prod", status).sentence == ""


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS"])
def test_an_empty_shell_is_cleared_away(status: str) -> None:
    now = situation("baton-prod", status)
    assert now.step is NextStep.CLEAR_AWAY
    assert now.sentence.endswith("the empty shell is removed.")


@pytest.mark.parametrize(
    "status", ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "DELETE_IN_PROGRESS"]
)
def test_nobody_is_interrupted(status: str) -> None:
    now = situation("baton-prod", status)
    assert now.step is NextStep.STOP
    assert "is being changed at the moment" in now.sentence


def test_a_stack_that_could_not_be_undone_is_for_people_to_see_to() -> None:
    now = situation("baton-prod", "UPDATE_ROLLBACK_FAILED")
    assert now.step is NextStep.STOP
    assert "aws cloudformation continue-update-rollback --stack-name baton-prod" in now.sentence


@pytest.mark.parametrize("status", ["CREATE_FAILED", "DELETE_FAILED", "ROLLBACK_FAILED"])
def test_a_wreck_is_to_be_removed(status: str) -> None:
    now = situation("baton-prod", status)
    assert now.step is NextStep.STOP
    assert "make destroy STAGE=prod" in now.sentence


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_that_aws_knows_has_its_way(status: str) -> None:
    now = situation("baton-prod", status)
    assert (now.sentence == "") == (now.step in (NextStep.CREATE, NextStep.UPDATE))
    if status in DONE:
        assert not is_under_way(status)
        assert now.step in (NextStep.CREATE, NextStep.UPDATE)


def test_make_is_told_the_stage_or_the_stack() -> None:
    assert for_make("baton-prod") == "STAGE=prod"
    assert for_make("scheduler") == "STACK=scheduler"
