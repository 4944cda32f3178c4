"""Alarms can fire, say what is wrong and where the runbook is, and cost what is told."""

import re
from typing import Any, Final

import pytest

from chalicelib.domain.runs.lease import SKEW_MARGIN
from chalicelib.platform import metrics
from infra import template
from infra.places import ROOT
from infra.template import of_type
from tests.infra.test_template import functions

ALARMS: Final = of_type(template.additions(), "AWS::CloudWatch::Alarm")
RESOURCES: Final[dict[str, Any]] = template.additions()["Resources"]
CONDITIONS: Final[dict[str, Any]] = template.additions()["Conditions"]
ESSENTIAL: Final = {"HasEssentialAlarms", "HasEssentialAlarmsOfMetrics"}
OF_METRICS: Final = {"HasEssentialAlarmsOfMetrics", "HasAllAlarmsOfMetrics"}
#: What an account has for nothing, and what one more costs in a month.
FREE, DOLLARS = 10, 0.10
#: The least that a metric can be.
LEAST: Final = 0


def kebab(name: str) -> str:
    """A logical id as an anchor: `NoTickAlarm` → `no-tick-alarm`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


def of_function(metric: str) -> dict[str, dict[str, Any]]:
    """Function → the alarm on that metric of Lambda's."""
    found = {}
    for alarm in ALARMS.values():
        if (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Lambda", metric):
            [dimension] = alarm["Dimensions"]
            found[dimension["Value"]["Ref"]] = alarm
    return found


def essential() -> set[str]:
    return {name for name in ALARMS if RESOURCES[name]["Condition"] in ESSENTIAL}


def test_every_function_has_an_alarm_for_its_errors_and_its_throttling(
    sam: dict[str, Any],
) -> None:
    names = set(functions(sam))
    assert set(of_function("Throttles")) == names
    # What a job does to its process is an error of the runner: the alarm on claims that no runner
    # starts is in its place, so that one tenant's job pages nobody.
    assert set(of_function("Errors")) == names - {"Runner"}
    assert ALARMS["RunnerNotStartingAlarm"]["MetricName"] == metrics.NOT_STARTED.name


def test_no_tick_is_an_alarm_also_if_nothing_is_known() -> None:
    alarm = ALARMS["NoTickAlarm"]
    assert alarm["TreatMissingData"] == "breaching"
    assert (alarm["MetricName"], alarm["ComparisonOperator"]) == (
        "Invocations",
        "LessThanThreshold",
    )
    assert alarm["Period"] * alarm["EvaluationPeriods"] <= 300
    assert "NoTickAlarm" in essential()


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_an_alarm_can_fire_and_be_over(name: str) -> None:
    alarm = ALARMS[name]
    assert alarm.get("DatapointsToAlarm", 1) <= alarm["EvaluationPeriods"]
    assert alarm["Period"] * alarm["EvaluationPeriods"] <= 3600
    assert alarm["Statistic"] in {"Sum", "Minimum", "Maximum"}
    threshold = alarm["Threshold"]
    if isinstance(threshold, dict):
        parameter = template.additions()["Parameters"][threshold["Ref"]]
        threshold = parameter["Default"]
        assert parameter["MinValue"] > LEAST
    if alarm["ComparisonOperator"] == "LessThanThreshold":
        assert threshold > LEAST, "no count is below that"
    else:
        least = {"GreaterThanThreshold": LEAST, "GreaterThanOrEqualToThreshold": LEAST + 1}
        assert threshold >= least[alarm["ComparisonOperator"]], "it never ends"


@pytest.mark.parametrize("name", sorted(set(ALARMS) - {"NoTickAlarm"}))
def test_other_alarms_wait_for_something_to_be_counted(name: str) -> None:
    """Queues, streams and functions without work, and Baton's own metrics, give no figures."""
    assert ALARMS[name]["TreatMissingData"] == "notBreaching"


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_an_alarm_tells_somebody_if_there_is_somebody(name: str) -> None:
    told = {"Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]}
    assert ALARMS[name]["AlarmActions"] == ALARMS[name]["OKActions"] == told


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_an_alarm_says_what_is_wrong_and_names_its_runbook(name: str) -> None:
    text, _, runbook = ALARMS[name]["AlarmDescription"].partition(" Runbook: ")
    assert len(text) > 30 and text.endswith(".")
    assert runbook == f"docs/operations.md#{kebab(name)}"


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_an_alarm_looks_at_a_metric_of_its_own_stack(name: str) -> None:
    alarm = ALARMS[name]
    values = [dimension["Value"] for dimension in alarm["Dimensions"]]
    assert any(isinstance(value, dict) for value in values)
    if alarm["Namespace"] == metrics.NAMESPACE:
        [known] = [each for each in metrics.ALL if each.name == alarm["MetricName"]]
        assert known.by is None
        assert alarm["Dimensions"] == [{"Name": metrics.STACK, "Value": {"Ref": "AWS::StackName"}}]


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_an_alarm_is_made_only_where_its_metric_is(name: str) -> None:
    own = ALARMS[name]["Namespace"] == metrics.NAMESPACE
    assert (RESOURCES[name]["Condition"] in OF_METRICS) == own


def test_both_queues_of_dead_letters_are_watched_within_minutes() -> None:
    watched = {
        alarm["Dimensions"][0]["Value"]["Fn::GetAtt"][0]: alarm
        for alarm in ALARMS.values()
        if alarm["Namespace"] == "AWS/SQS"
    }
    assert set(watched) == {"RunQueue", "RunDeadLetterQueue", "WakeDeadLetterQueue"}
    for queue in ("RunDeadLetterQueue", "WakeDeadLetterQueue"):
        assert watched[queue]["Period"] * watched[queue]["EvaluationPeriods"] <= 60


def test_one_schedule_that_falls_silent_again_and_again_raises_no_alarm() -> None:
    """Its runs never overlap, and no lease is shorter than ten seconds."""
    alarm = ALARMS["ReapedAlarm"]
    shortest = 10 + SKEW_MARGIN.total_seconds()
    assert alarm["Period"] / shortest <= alarm["Threshold"]


def test_the_essential_ones_cost_nothing_alone_in_an_account() -> None:
    assert len(essential()) == FREE
    text = template.additions()["Parameters"]["Alarms"]
    assert text["Default"] == "essential"
    told = re.findall(r"the (\d+) essential ones \(\$([\d.]+).*all (\d+) \(\$([\d.]+)\)", str(text))
    assert told == [
        ("10", f"{FREE * DOLLARS:.2f}", str(len(ALARMS)), f"{len(ALARMS) * DOLLARS:.2f}")
    ]


@pytest.mark.parametrize(
    ("chosen", "measured", "count"),
    [
        ("none", "on", 0),
        ("essential", "on", 10),
        ("essential", "off", 8),
        ("all", "on", 23),
        ("all", "off", 19),
    ],
)
def test_a_parameter_says_which_there_are(chosen: str, measured: str, count: int) -> None:
    parameters = {"Alarms": chosen, "Metrics": measured, "AlarmTopicArn": ""}
    made = [name for name in ALARMS if holds(RESOURCES[name]["Condition"], parameters)]
    assert len(made) == count


@pytest.mark.parametrize(
    ("chosen", "topic", "warned"),
    [
        ("essential", "", True),
        ("all", "", True),
        ("essential", "arn:…", False),
        ("none", "", False),
    ],
)
def test_a_deployment_whose_alarms_nobody_hears_says_so(
    chosen: str, topic: str, warned: bool
) -> None:
    warning = template.additions()["Outputs"]["Warning"]
    assert holds(warning["Condition"], {"Alarms": chosen, "AlarmTopicArn": topic}) is warned
    assert "AlarmTopicArn" in warning["Value"]


def holds(condition: str, parameters: dict[str, str]) -> bool:
    """Whether a condition of the template holds with these parameters."""
    return _value(CONDITIONS[condition], parameters)


def _value(expression: dict[str, Any], parameters: dict[str, str]) -> bool:
    [(function, arguments)] = expression.items()
    if function == "Condition":
        return holds(arguments, parameters)
    if function == "Fn::Equals":
        first, second = arguments
        return bool(parameters[first["Ref"]] == second)
    values = [_value(each, parameters) for each in arguments]
    return {"Fn::Not": not all(values), "Fn::And": all(values)}[function]


def test_the_how_to_lists_every_alarm_and_where_it_is() -> None:
    page = (ROOT / "docs" / "how-to" / "console.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| `(\w+Alarm)` \| .+ \| (essential|all) \|$", page, re.MULTILINE))
    assert listed == {name: "essential" if name in essential() else "all" for name in ALARMS}
    of_metrics = {name for name in ALARMS if RESOURCES[name]["Condition"] in OF_METRICS}
    [left_out] = re.findall(r"^`Metrics: off` leaves out (.+)\.$", page, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", left_out)) == of_metrics
