"""The dashboard, the saved queries and the access log speak of what there is."""

import json
import re
from typing import Any, Final

import pytest

from chalicelib.api.http.identification import identify
from chalicelib.domain.runs.run import RunStatus
from chalicelib.platform import metrics
from infra import template
from infra.template import of_type
from tests.harness import Stack
from tests.infra.docs.test_docs_events import in_code, on_page

ADDITIONS: Final = template.additions()
QUERIES: Final = of_type(ADDITIONS, "AWS::Logs::QueryDefinition")
#: What Lambda and Logs Insights themselves know of a line.
BUILT_IN: Final = {"level", "event", "request_id", "tenant_id", "schedule_id", "run_id", "attempt"}
#: Words of the language of Logs Insights, and names that queries give.
LANGUAGE: Final = set(
    re.findall(
        r"\w+",
        """filter fields sort limit stats count count_distinct latest earliest by as and or in asc
        desc first last requests tenants times lines latest_reason one_of_them runs schedules
        used_mb""",
    )
)
#: Variables of API Gateway's access log that are of use, by AWS's documentation.
CONTEXT: Final = {
    "requestId",
    "authorizer.tenant_id",
    "authorizer.token_id",
    "authorizer.latency",
    "httpMethod",
    "resourcePath",
    "status",
    "responseLatency",
    "integrationLatency",
    "integration.requestId",
    "error.responseType",
    "identity.sourceIp",
}


@pytest.fixture
def widgets() -> list[dict[str, Any]]:
    dashboard = ADDITIONS["Resources"]["ConsoleDashboard"]["Properties"]
    body = re.sub(r"\$\{[\w:.]+\}", "x", dashboard["DashboardBody"]["Fn::Sub"])
    found: list[dict[str, Any]] = json.loads(body)["widgets"]
    return found


def test_the_dashboard_shows_every_metric_of_baton(widgets: list[dict[str, Any]]) -> None:
    text = json.dumps(widgets)
    assert [
        each.name for each in metrics.ALL if f'"{each.name}"' not in text.replace("\\", "")
    ] == []
    for metric in metrics.ALL:
        if metric.by is not None:
            assert f"{{Baton,Stack,{metric.by}}} MetricName=" in text


def test_the_dashboard_shows_no_metric_that_is_not_there(widgets: list[dict[str, Any]]) -> None:
    known = {each.name for each in metrics.ALL}
    for widget in widgets:
        for _, names in _expanded(widget["properties"]["metrics"]):
            if names[0] == metrics.NAMESPACE:
                assert names[1] in known
                assert names[2] == metrics.STACK


def _expanded(rows: list[list[Any]]) -> list[tuple[int, list[str]]]:
    """The rows of a widget with what `.` and `...` stand for."""
    found: list[tuple[int, list[str]]] = []
    before: list[str] = []
    for number, row in enumerate(rows):
        names = [cell for cell in row if isinstance(cell, str)]
        if not names:
            continue
        if names[0] == "...":
            names = before[: len(before) - len(names) + 1] + names[1:]
        names = [
            old if cell == "." else cell for cell, old in zip(names, before or names, strict=False)
        ]
        before = names
        found.append((number, names))
    return found


def test_widgets_do_not_lie_on_each_other(widgets: list[dict[str, Any]]) -> None:
    taken: set[tuple[int, int]] = set()
    for widget in widgets:
        columns = range(widget["x"], widget["x"] + widget["width"])
        rows = range(widget["y"], widget["y"] + widget["height"])
        cells = {(x, y) for x in columns for y in rows}
        assert not taken & cells
        assert max(columns) < 24
        taken |= cells


def test_every_resource_that_the_dashboard_names_is_there(sam: dict[str, Any]) -> None:
    body = sam["Resources"]["ConsoleDashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    named = set(re.findall(r"\$\{(\w+)(?:\.\w+)?\}", body))
    assert named <= set(sam["Resources"])
    assert {"Tick", "Wake", "Runner", "Daily", "Outgoing", "APIHandler", "Authorizer"} <= named


@pytest.mark.parametrize("name", sorted(QUERIES))
def test_a_saved_query_asks_for_events_and_fields_that_there_are(name: str) -> None:
    text = re.sub(r"^#.*\n", "", QUERIES[name]["QueryString"])
    asked = set(re.findall(r'event (?:=|in) (?:\[)?((?:"\w+"(?:, )?)+)', text))
    events = {word for part in asked for word in re.findall(r'"(\w+)"', part)}
    assert events - set(in_code()) - {"api_request"} == set()

    plain = re.sub(r'"[^"]*"', "", text)
    fields = {word for word in re.findall(r"(?<![@\w])[a-z]\w*", plain) if word not in LANGUAGE}
    said = {field for cells in on_page().values() for field in re.findall(r"`(\w+)`", cells[1])}
    assert fields - said - BUILT_IN - {"item"} - set(access_log()) == set()


def test_saved_queries_look_into_logs_that_there_are(sam: dict[str, Any]) -> None:
    groups = of_type(sam, "AWS::Logs::LogGroup")
    for query in QUERIES.values():
        assert {group["Ref"] for group in query["LogGroupNames"]} <= set(groups)


def test_saved_queries_answer_what_operators_ask() -> None:
    names = [query["Name"]["Fn::Sub"].partition("/")[2] for query in QUERIES.values()]
    for question in (
        "What happened to a run",
        "Why a schedule did not run",
        "The slowest passes",
        "Runs that failed, by reason (look at the last day)",
        "Refused tokens",
    ):
        assert question in names
    assert f'status = "{RunStatus.FAILED}"' in QUERIES["FailuresQuery"]["QueryString"]


def access_log() -> dict[str, str]:
    """Field → the variable it is filled from."""
    setting = ADDITIONS["Resources"]["RestAPI"]["Properties"]["AccessLogSetting"]
    _, log, otherwise = setting["Fn::If"]
    assert otherwise == {"Ref": "AWS::NoValue"}
    found: dict[str, str] = json.loads(log["Format"])
    return found


def test_the_access_log_is_one_line_of_json_of_variables_that_there_are() -> None:
    fields = access_log()
    assert fields.pop("event") == "api_request"
    assert {value.removeprefix("$context.") for value in fields.values()} == CONTEXT


def test_the_access_log_has_no_token_and_no_query() -> None:
    text = json.dumps(access_log()).lower()
    for word in ("header", "authorization", "query", "$context.path", "body"):
        assert word not in text


def test_what_the_access_log_says_of_the_caller_comes_from_the_authorizer() -> None:
    with Stack() as stack:
        told = identify(stack.system.config, stack.system.clock, f"Bearer {stack.viewer}")
    wanted = {name.partition(".")[2] for name in CONTEXT if name.startswith("authorizer.")}
    assert wanted - {"latency"} <= set(told)
    secret = stack.viewer.split("_", 2)[2]  # It may have such a sign in it.
    assert secret not in str(told)


def test_the_stage_waits_for_the_role_that_api_gateway_logs_with(sam: dict[str, Any]) -> None:
    resources = sam["Resources"]
    setting = json.dumps(resources["RestAPI"]["Properties"]["AccessLogSetting"])
    assert "${ApiAccessLog}" in setting
    assert '{"Ref": "ApiGatewayAccount"}' in json.dumps(resources["ApiAccessLog"])
    assert resources["ApiGatewayAccount"]["DependsOn"] == ["RestAPI"]
    assert resources["ApiAccessLog"]["Properties"]["RetentionInDays"] == 30


@pytest.mark.parametrize("name", ["ApiGatewayAccount", "AccountLogRole"])
def test_what_is_the_accounts_outlives_the_stack(name: str) -> None:
    resource = ADDITIONS["Resources"][name]
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_the_api_is_named_after_its_stack_as_its_metrics_are(sam: dict[str, Any]) -> None:
    api = sam["Resources"]["RestAPI"]["Properties"]
    assert api["DefinitionBody"]["info"]["title"] == {"Ref": "AWS::StackName"}
    assert api["StageName"] == "api"


def test_every_function_and_the_api_are_traced_if_wanted(sam: dict[str, Any]) -> None:
    traced = {"Fn::If": ["HasTracing", "Active", "PassThrough"]}
    of_functions = of_type(sam, "AWS::Serverless::Function")
    assert [name for name, each in of_functions.items() if each["Tracing"] != traced] == []
    api = sam["Resources"]["RestAPI"]["Properties"]
    assert api["TracingEnabled"] == {"Fn::If": ["HasTracing", True, False]}
    assert ADDITIONS["Parameters"]["Tracing"]["Default"] == "off"


def test_rights_for_traces_are_given_only_where_there_are_traces(sam: dict[str, Any]) -> None:
    policy = sam["Resources"]["TracingPolicy"]
    assert policy["Condition"] == "HasTracing"
    roles = {role["Ref"] for role in policy["Properties"]["Roles"]}
    of_functions = of_type(sam, "AWS::Serverless::Function").values()
    assert roles == {each["Role"]["Fn::GetAtt"][0] for each in of_functions}
    [statement] = policy["Properties"]["PolicyDocument"]["Statement"]
    assert {action.partition(":")[0] for action in statement["Action"]} == {"xray"}


def test_the_authorizers_entry_point_is_the_one_that_names_its_lines(sam: dict[str, Any]) -> None:
    handler = sam["Resources"]["Authorizer"]["Properties"]["Handler"]
    assert handler == "chalicelib.api.http.authorizer.handler"
