"""What the template's expressions come to, as CloudFormation has it."""

from typing import Any

import pytest

from infra.aws.expressions import Expressions, Place

TEMPLATE: dict[str, Any] = {
    "Parameters": {
        "Name": {"Type": "String", "Default": "blue"},
        "Empty": {"Type": "String", "Default": ""},
        "Size": {"Type": "Number", "Default": 3},
        "List": {"Type": "CommaDelimitedList", "Default": "a, b,c"},
    },
    "Conditions": {
        "IsBlue": {"Fn::Equals": [{"Ref": "Name"}, "blue"]},
        "IsRed": {"Fn::Equals": [{"Ref": "Name"}, "red"]},
        "IsNone": {"Fn::Not": [{"Condition": "IsBlue"}]},
        "IsThree": {"Fn::Equals": [{"Ref": "Size"}, "3"]},
    },
    "Resources": {
        "Queue": {
            "Type": "AWS::SQS::Queue",
            "Properties": {"QueueName": {"Fn::Sub": "${AWS::StackName}-run"}},
        },
        "Tick": {"Type": "AWS::Serverless::Function", "Properties": {}},
        "Table": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "TableName": {"Fn::If": ["IsRed", "red", {"Fn::Sub": "${Name}-${Size}"}]}
            },
        },
    },
}
PLACE = Place("123456789012", "eu-central-1")


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("text", "text"),
        ({"Ref": "Name"}, "blue"),
        ({"Ref": "List"}, ["a", "b", "c"]),
        ({"Ref": "AWS::StackName"}, "baton-prod"),
        ({"Ref": "AWS::Region"}, "eu-central-1"),
        ({"Ref": "Queue"}, "https://sqs.eu-central-1.amazonaws.com/123456789012/baton-prod-run"),
        ({"Ref": "Tick"}, "baton-prod-Tick-1ABCDEFGHIJKL"),
        ({"Fn::GetAtt": ["Queue", "QueueName"]}, "baton-prod-run"),
        ({"Fn::Sub": "${Name}/${!Name}/${AWS::AccountId}"}, "blue/${Name}/123456789012"),
        ({"Fn::Sub": ["${x}-${Name}", {"x": {"Ref": "Size"}}]}, "3-blue"),
        ({"Fn::Join": [",", {"Ref": "List"}]}, "a,b,c"),
        ({"Fn::Select": ["1", {"Ref": "List"}]}, "b"),
        ({"Fn::Split": ["/", "a/b"]}, ["a", "b"]),
        ({"Fn::If": ["IsBlue", 1, 2]}, 1),
        ({"Fn::If": ["IsRed", 1, 2]}, 2),
        ({"Fn::If": ["IsNone", 1, 2]}, 2),
        ({"Fn::If": ["IsThree", 1, 2]}, 1),
        ({"Fn::And": [{"Condition": "IsBlue"}, {"Condition": "IsRed"}]}, False),
        ({"Fn::Or": [{"Condition": "IsBlue"}, {"Condition": "IsRed"}]}, True),
        ({"a": [{"Ref": "Name"}], "b": {"c": {"Ref": "Size"}}}, {"a": ["blue"], "b": {"c": "3"}}),
        ({"a": {"Ref": "AWS::NoValue"}, "b": [{"Ref": "AWS::NoValue"}, 1]}, {"b": [1]}),
        ({"a": {"Fn::If": ["IsRed", 1, {"Ref": "AWS::NoValue"}]}, "b": 2}, {"b": 2}),
    ],
)
def test_an_expression_comes_to_what_cloudformation_makes_of_it(
    expression: Any, value: Any
) -> None:
    assert Expressions(TEMPLATE, "baton-prod", place=PLACE).value(expression) == value


def test_what_is_given_counts_and_not_the_default() -> None:
    expressions = Expressions(TEMPLATE, "baton-prod", {"Name": "red"})
    assert expressions.physical_name("Table") == "red"
    assert Expressions(TEMPLATE, "baton-prod").physical_name("Table") == "blue-3"


def test_a_role_may_be_met_by_its_arn() -> None:
    arn = Expressions(TEMPLATE, "baton-prod", place=PLACE).value({"Fn::GetAtt": ["Table", "Arn"]})
    assert arn == "arn:aws:dynamodb:eu-central-1:123456789012:blue-3"
