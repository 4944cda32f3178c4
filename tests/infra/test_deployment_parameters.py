"""What whoever deploys can set, and what it does to the template."""

import json
import re
from dataclasses import fields
from datetime import date
from typing import Any, Final

import pytest

from chalicelib.domain.deployment.pools import MOST_SLOTS
from chalicelib.domain.deployment.settings import ROOM_FOR_FORCED_RUNS
from chalicelib.engine.system import System
from chalicelib.platform import aws
from chalicelib.platform.config import Config
from chalicelib.store.dynamodb.models import MOST_CONNECTIONS
from infra import package
from infra.package import Machine, runtime_fault
from infra.places import ROOT
from infra.template import of_type

Template = dict[str, Any]
CONFIG: Final = json.loads((ROOT / ".chalice" / "config.json").read_text(encoding="utf-8"))
NO_VALUE: Final = {"Ref": "AWS::NoValue"}


def of(template: Template, name: str) -> dict[str, Any]:
    return dict(template["Resources"][name]["Properties"])


def functions(template: Template) -> dict[str, dict[str, Any]]:
    return of_type(template, "AWS::Lambda::Function")


# What runs


def test_functions_run_on_the_named_machine_whatever_made_the_package(
    transformed: Template,
) -> None:
    for function in functions(transformed).values():
        assert (function["Runtime"], function["Architectures"]) == ("python3.13", ["arm64"])


def test_the_runtime_changes_with_a_deployment_only(transformed: Template) -> None:
    for function in functions(transformed).values():
        assert function["RuntimeManagementConfig"] == {"UpdateRuntimeOn": "FunctionUpdate"}


def test_a_package_for_here_names_this_machine() -> None:
    here = Machine.here()
    assert here.is_here
    assert here.runtime in package.RUNTIMES
    assert here.architecture in package.ARCHITECTURES


@pytest.mark.parametrize("runtime", package.RUNTIMES)
def test_a_runtime_that_lambda_makes_no_functions_of_is_refused(runtime: str) -> None:
    assert runtime_fault(runtime, date(2026, 11, 26)) is None
    fault = runtime_fault(runtime, date(2040, 1, 1))
    assert fault is not None
    assert runtime in fault


def test_the_first_day_without_new_functions_is_refused_already() -> None:
    fault = runtime_fault("python3.11", date(2030, 1, 1)) or ""
    (blocked,) = re.findall(r"\d{4}-\d\d-\d\d", fault)
    first = date.fromisoformat(blocked)
    assert runtime_fault("python3.11", first) is not None
    assert runtime_fault("python3.11", date.fromordinal(first.toordinal() - 1)) is None


# Where it is reached


def test_there_is_one_public_stage(transformed: Template) -> None:
    (stage,) = of_type(transformed, "AWS::ApiGateway::Stage").values()
    assert stage["StageName"] == "api"


def test_the_stage_bounds_requests(transformed: Template) -> None:
    (stage,) = of_type(transformed, "AWS::ApiGateway::Stage").values()
    (settings,) = stage["MethodSettings"]
    assert (settings["HttpMethod"], settings["ResourcePath"]) == ("*", "/*")
    assert settings["ThrottlingRateLimit"] == {"Ref": "RequestsPerSecond"}
    assert settings["ThrottlingBurstLimit"] == {"Ref": "RequestBurst"}


def test_a_domain_name_leads_to_the_stage_if_there_is_one(transformed: Template) -> None:
    mapping = transformed["Resources"]["ApiDomainMapping"]
    assert mapping["Condition"] == transformed["Resources"]["ApiDomain"]["Condition"] == "HasDomain"
    stage = mapping["Properties"]["Stage"]["Ref"]
    assert transformed["Resources"][stage]["Type"] == "AWS::ApiGateway::Stage"
    assert of(transformed, "ApiDomain")["SecurityPolicy"] == "TLS_1_2"


def test_targets_call_back_at_the_domain_name(sam: Template) -> None:
    variables = of(sam, "Runner")["Environment"]["Variables"]
    unless_told = variables["BATON_PUBLIC_URL"]["Fn::If"][2]
    assert unless_told["Fn::If"][:2] == ["HasDomain", {"Fn::Sub": "https://${DomainName}"}]


@pytest.mark.parametrize(
    ("header", "is_asked"),
    [
        ("Bearer baton_0123456789", True),
        ("bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", True),
        ("Bearer ", False),
        ("Basic dXNlcjpwYXNzd29yZA==", False),
        ("nonsense", False),
        ("", False),
        ("Bearer two words", False),
        ("Bearer " + "x" * 8193, False),
    ],
)
def test_the_authorizer_is_asked_about_bearer_tokens_only(
    sam: Template, header: str, is_asked: bool
) -> None:
    definitions = of(sam, "RestAPI")["DefinitionBody"]["securityDefinitions"]
    authorizer = definitions["authorizer"]["x-amazon-apigateway-authorizer"]
    assert bool(re.fullmatch(authorizer["identityValidationExpression"], header)) is is_asked


# Tables and roles


def test_tables_are_named_and_protected_as_told(sam: Template) -> None:
    for table in of_type(sam, "AWS::DynamoDB::Table").values():
        assert table["DeletionProtectionEnabled"] == {"Fn::If": ["ProtectsTables", True, False]}
        pattern, names = table["TableName"]["Fn::Sub"]
        assert pattern.startswith("${Tables}-")
        prefix = {"Fn::If": ["HasTablePrefix", {"Ref": "TablePrefix"}, {"Ref": "AWS::StackName"}]}
        assert names == {"Tables": prefix}
        variables = sam["Globals"]["Function"]["Environment"]["Variables"]
        assert variables["BATON_TABLE_PREFIX"] == prefix


def test_every_role_has_the_path_and_the_boundary_of_the_deployment(transformed: Template) -> None:
    roles = of_type(transformed, "AWS::IAM::Role")
    assert len(roles) == len(functions(transformed)) + 1  # API Gateway's, for its log
    for role in roles.values():
        assert role["Path"] == {"Ref": "RolePath"}
        assert role["PermissionsBoundary"] == {
            "Fn::If": ["HasPermissionsBoundary", {"Ref": "PermissionsBoundaryArn"}, NO_VALUE]
        }


# Protected from each other


@pytest.mark.parametrize(
    ("function", "parameter"),
    [
        ("Tick", "TickConcurrency"),
        ("Wake", "WakeConcurrency"),
        ("Authorizer", "AuthorizerConcurrency"),
        ("APIHandler", "ApiConcurrency"),
    ],
)
def test_executions_are_set_aside_if_somebody_says_so(
    transformed: Template, function: str, parameter: str
) -> None:
    expected = {"Fn::If": [f"Has{parameter}", {"Ref": parameter}, NO_VALUE]}
    assert of(transformed, function)["ReservedConcurrentExecutions"] == expected
    assert transformed["Conditions"][f"Has{parameter}"] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": parameter}, 0]}]
    }
    assert transformed["Parameters"][parameter]["Default"] == 0


@pytest.mark.parametrize(
    ("parameter", "functions"),
    [
        ("RunnerMemory", ["Runner"]),
        ("PassMemory", ["Tick", "Wake"]),
        ("ApiMemory", ["APIHandler", "Authorizer"]),
    ],
)
def test_functions_have_the_memory_that_somebody_says(
    transformed: Template, parameter: str, functions: list[str]
) -> None:
    for function in functions:
        assert of(transformed, function)["MemorySize"] == {"Ref": parameter}


def test_so_many_runners_as_told_work_at_a_time(transformed: Template) -> None:
    mappings = of_type(transformed, "AWS::Lambda::EventSourceMapping").values()
    (runners,) = [each for each in mappings if each["FunctionName"] == {"Ref": "Runner"}]
    assert runners["ScalingConfig"] == {"MaximumConcurrency": {"Ref": "RunnerConcurrency"}}


@pytest.mark.parametrize(("function", "retries", "age"), [("Tick", 0, 60), ("Daily", 2, 3600)])
def test_a_pass_that_fails_is_not_repeated_for_hours(
    transformed: Template, function: str, retries: int, age: int
) -> None:
    configs = of_type(transformed, "AWS::Lambda::EventInvokeConfig").values()
    (config,) = [each for each in configs if each["FunctionName"] == {"Ref": function}]
    assert config["MaximumRetryAttempts"] == retries
    assert config["MaximumEventAgeInSeconds"] == age


@pytest.mark.parametrize("function", CONFIG["stages"]["default"]["lambda_functions"])
def test_a_client_gives_up_before_its_function_is_stopped(function: str) -> None:
    timeout = CONFIG["stages"]["default"]["lambda_functions"][function]["lambda_timeout"]
    # In its standard mode botocore pauses for a second at most after the first try, then for two …
    pauses = sum(2**attempt for attempt in range(aws.MOST_TRIES - 1))
    longest = aws.MOST_TRIES * (aws.CONNECT_SECONDS + aws.READ_SECONDS) + pauses
    assert longest < timeout


def test_there_is_a_connection_for_every_writer() -> None:
    writers = {field.name: field.default for field in fields(System)}["writers"]
    assert isinstance(writers, int)
    assert writers < MOST_CONNECTIONS


def test_there_are_runners_for_a_hundred_slots_and_for_forced_runs(sam: Template) -> None:
    """Whoever sets more slots than that is told to deploy with more runners."""
    parameters = sam["Parameters"]
    runners = parameters["RunnerConcurrency"]["Default"]
    assert runners >= 100 + ROOM_FOR_FORCED_RUNS
    assert parameters["Capacity"]["MaxValue"] == MOST_SLOTS
    assert parameters["RunnerConcurrency"]["MinValue"] > ROOM_FOR_FORCED_RUNS
    assert Config().runner_concurrency == runners
