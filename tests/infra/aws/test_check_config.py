"""Each fault of a configuration is found before AWS finds it, and all of them at once."""

from typing import Any

import pytest

from infra.aws.check_config import faults, warnings

PLAIN: dict[str, Any] = {
    "Parameters": {
        "Size": {"Type": "Number", "Default": 1, "MinValue": 1, "MaxValue": 100},
        "Level": {"Type": "String", "Default": "INFO", "AllowedValues": ["", "INFO", "DEBUG"]},
        "Issuer": {"Type": "String", "Default": "", "AllowedPattern": "^(https://[^ ]+)?$"},
        "Code": {
            "Type": "String",
            "Default": "abc",
            "MinLength": 3,
            "MaxLength": 5,
            "NoEcho": True,
        },
        "Arns": {"Type": "CommaDelimitedList", "Default": "", "AllowedPattern": "^(arn:.*)?$"},
    },
    "Resources": {},
}


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"Sise": "1"}, "Sise: no parameter of Baton; Size is one."),
        ({"Other": "1"}, "Other: no parameter of Baton."),
        ({"Size": "0"}, "Size: “0” is out of range; at least 1, at most 100."),
        ({"Size": "101"}, "Size: “101” is out of range; at least 1, at most 100."),
        ({"Size": "many"}, "Size: “many” is no number."),
        ({"Level": "LOUD"}, "Level: “LOUD” is none of (empty), INFO, DEBUG."),
        (
            {"Issuer": "http://a"},
            "Issuer: “http://a” is not taken; it has to match ^(https://[^ ]+)?$.",
        ),
        ({"Code": "ab"}, "Code: its value has 2 characters; at least 3, at most 5."),
        ({"Code": "secret"}, "Code: its value has 6 characters; at least 3, at most 5."),
        ({"Arns": "arn:a,b"}, "Arns: “arn:a,b” is not taken; it has to match ^(arn:.*)?$."),
        ({"Issuer": "https://" + "a" * 4089}, "Issuer: 4097 bytes; 4096 are the most."),
    ],
)
def test_a_value_that_aws_refuses_is_named(given: dict[str, str], fault: str) -> None:
    assert faults(PLAIN, "baton-prod", given) == [fault]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"Size": "1"},
        {"Size": "100"},
        {"Level": ""},
        {"Issuer": "https://a.test/"},
        {"Issuer": ""},
        {"Code": "abcde"},
        {"Arns": "arn:a, arn:b"},
        # What AWS hides of a stack that is there.
        {"Code": "****"},
        {"Issuer": "https://" + "a" * 4088},
    ],
)
def test_a_value_that_aws_takes_is_taken(given: dict[str, str]) -> None:
    assert faults(PLAIN, "baton-prod", given) == []


def test_a_parameter_without_a_default_has_to_be_given() -> None:
    template = {"Parameters": {"Topic": {"Type": "String", "Description": "Who hears."}}}
    template["Resources"] = {}
    assert faults(template, "baton-prod", {}) == ["Topic: missing. Who hears."]
    assert faults(template, "baton-prod", {"Topic": ""}) == []


def test_every_fault_is_named_at_once(sam: dict[str, Any]) -> None:
    given = {
        "Capacity": "0",
        "AllowTarget": "",
        "AllowTargets": "10.0.0.1/8",
        "OidcIssuer": "https://a.test",
    }
    assert faults(sam, "baton_prod", given) == [
        "The stack's name “baton_prod” is none for AWS: a letter, then up to 127 letters, digits"
        " and dashes.",
        "AllowTarget: no parameter of Baton; AllowTargets is one.",
        "Capacity: “0” is out of range; at least 1, at most 1000.",
        "OidcIssuer and OidcAudience belong together: JWTs are taken only with both.",
        "AllowTargets: “10.0.0.1/8” is not taken; Baton expects networks as 10.0.0.0/8.",
    ]


def test_what_aws_hides_of_a_stack_that_is_there_is_no_fault(sam: dict[str, Any]) -> None:
    hidden = {name: "****" for name, each in sam["Parameters"].items() if each.get("NoEcho")}
    assert hidden
    assert faults(sam, "baton-prod", hidden) == []


def test_the_defaults_are_sound(sam: dict[str, Any]) -> None:
    assert faults(sam, "baton-prod", {}) == []


def test_the_longest_name_whose_functions_are_not_cut_passes(sam: dict[str, Any]) -> None:
    # 64 characters: the stack, APIHandler or Authorizer, what AWS appends, and two dashes.
    longest = "b" * (64 - len("APIHandler") - len("1ABCDEFGHIJKL") - 2)
    assert faults(sam, longest, {}) == []
    [fault] = faults(sam, longest + "b", {})
    assert "has 40 characters; 39 are the most" in fault


def test_the_name_of_a_queue_that_grows_too_long_is_named() -> None:
    queue = {
        "Type": "AWS::SQS::Queue",
        "Properties": {"QueueName": {"Fn::Sub": "${AWS::StackName}-dead"}},
    }
    template = {"Parameters": {}, "Resources": {"Dead": queue}}
    assert faults(template, "b" * 75, {}) == []
    [fault] = faults(template, "b" * 76, {})
    assert fault.startswith("Dead: the name “bbb")
    assert fault.endswith("has 81 characters; 80 are the most.")


def test_an_environment_that_lambda_refuses_is_named(sam: dict[str, Any]) -> None:
    arns = ",".join(f"arn:aws:lambda:eu-central-1:123456789012:function:{n:02}" for n in range(70))
    found = faults(sam, "baton-prod", {"AllowFunctions": arns})
    assert len(found) == 7  # functions; all of them are told
    assert all("Most of it is BATON_ALLOW_FUNCTIONS." in fault for fault in found)
    assert faults(sam, "baton-prod", {"AllowFunctions": arns[: len(arns) // 2]}) == []


def test_environments_are_measured_as_lambda_does() -> None:
    function = {"Type": "AWS::Serverless::Function", "Properties": {}}
    template: dict[str, Any] = {
        "Parameters": {"Long": {"Type": "String", "Default": ""}},
        "Resources": {"Tick": function},
        "Globals": {"Function": {"Environment": {"Variables": {"LONG": {"Ref": "Long"}}}}},
    }
    most = "x" * (4096 - len('{"LONG":""}'))
    assert faults(template, "baton-prod", {"Long": most}) == []
    [fault] = faults(template, "baton-prod", {"Long": most + "x"})
    assert fault == (
        "Tick: its environment would have 4097 bytes; 4096 are the most. Most of it is LONG."
    )


def test_a_template_that_aws_refuses_is_named() -> None:
    template = {"Parameters": {}, "Resources": {}, "Metadata": {"x": "y" * 1_000_000}}
    [fault] = faults(template, "baton-prod", {})
    assert fault.endswith("bytes; 1000000 are the most.")


@pytest.mark.parametrize(
    ("given", "sound"),
    [
        ({}, True),
        ({"OidcIssuer": "https://a.test", "OidcAudience": "baton"}, True),
        ({"OidcIssuer": "https://a.test"}, False),
        ({"OidcAudience": "baton"}, False),
        ({"DomainName": "baton.example.com", "CertificateArn": "arn:aws:acm:x"}, True),
        ({"DomainName": "baton.example.com"}, False),
        ({"CertificateArn": "arn:aws:acm:x"}, False),
        ({"Capacity": "20", "RunnerConcurrency": "30"}, True),
        ({"Capacity": "21", "RunnerConcurrency": "30"}, False),
    ],
)
def test_parameters_that_contradict_are_named(
    sam: dict[str, Any], given: dict[str, str], sound: bool
) -> None:
    assert (faults(sam, "baton-prod", given) == []) == sound


def test_a_rule_holds_only_where_its_condition_does() -> None:
    rule = {
        "RuleCondition": {"Fn::Equals": [{"Ref": "Level"}, "DEBUG"]},
        "Assertions": [
            {"Assert": {"Fn::Contains": [["1", "2"], {"Ref": "Size"}]}, "AssertDescription": "No."}
        ],
    }
    template = {**PLAIN, "Rules": {"Sizes": rule}}
    assert faults(template, "baton-prod", {"Size": "3"}) == []
    assert faults(template, "baton-prod", {"Size": "3", "Level": "DEBUG"}) == ["No."]
    assert faults(template, "baton-prod", {"Size": "2", "Level": "DEBUG"}) == []


def test_alarms_that_reach_nobody_are_a_warning(sam: dict[str, Any]) -> None:
    [warning] = warnings(sam, {})
    assert "AlarmTopicArn is empty" in warning
    assert warnings(sam, {"AlarmTopicArn": "arn:aws:sns:eu-central-1:1:alarms"}) == []
    assert warnings(PLAIN, {}) == []
