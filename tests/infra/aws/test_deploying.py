"""`make deploy` and `make destroy` of the real package, on MiniStack's CloudFormation and S3."""

import re

import pytest

from infra.aws.account import Account
from infra.aws.deploy import Stopped
from infra.aws.retained_tables import UnfitTables
from infra.package import Package
from tests.infra.aws.deployments import NAME, TOKEN, Operator

TABLES = {
    f"{NAME}-{name}"
    for name in ("audits", "bodies", "control", "inbox", "run-log", "runs", "schedules", "tokens")
}


@pytest.fixture
def operator(account: Account, packaged: Package) -> Operator:
    return Operator(account, packaged)


def tables(account: Account) -> set[str]:
    return set(account.dynamodb.list_tables()["TableNames"])


def test_a_no_leaves_nothing_behind_but_the_uploads(operator: Operator) -> None:
    with pytest.raises(Stopped, match=r"^Nothing was done\.$"):
        operator.deploy("n\n")
    assert operator.status() is None
    assert tables(operator.account) == set()


def test_without_a_terminal_nothing_is_done_that_was_not_agreed_to(operator: Operator) -> None:
    with pytest.raises(Stopped, match=r"^Nothing was done\.$"):
        operator.deploy("y\n", tty=False)
    assert operator.status() is None


def test_a_yes_makes_everything_and_shows_the_first_token_once(operator: Operator) -> None:
    said = operator.deploy("y\n")
    assert operator.status() == "CREATE_COMPLETE"
    assert tables(operator.account) == TABLES
    assert re.search(r"^URL: https://\w+\.execute-api\.eu-central-1\.\S+/api$", said, re.MULTILINE)
    assert said.count(TOKEN) == 1
    assert re.search(r"^    table  +AuditsTable, BodiesTable,", said, re.MULTILINE)
    assert re.search(r"create complete +Runner$", said, re.MULTILINE)


def test_an_agreement_given_beforehand_shows_no_token_to_a_log(operator: Operator) -> None:
    said = operator.deploy("", tty=False, agreed="1")
    assert operator.status() == "CREATE_COMPLETE"
    assert TOKEN not in said
    assert "make token STAGE=prod SCOPES=owner" in said


def test_a_domain_name_is_shown_with_where_it_has_to_lead(operator: Operator) -> None:
    given = {
        "DomainName": "baton.example.com",
        "CertificateArn": "arn:aws:acm:eu-central-1:111111111111:certificate/1",
    }
    said = operator.deploy("y\n", given=given)
    assert "\nURL: https://baton.example.com\n" in said
    assert re.search(r"^Its name has to lead, by an entry of your DNS, to \S+$", said, re.MULTILINE)


def test_tables_restored_under_another_name_are_put_beneath(operator: Operator) -> None:
    operator.deploy("y\n", name="baton-old")
    operator.account.cloudformation.delete_stack(StackName="baton-old")
    said = operator.deploy("y\ny\n", given={"TablePrefix": "baton-old"})
    assert "taken over as they are (8)" in said
    assert {physical for kind, _, physical in operator.stack().resources() if "Table" in kind} == {
        table.replace(NAME, "baton-old") for table in TABLES
    }


def test_the_first_token_goes_into_the_tables_of_the_deployment(operator: Operator) -> None:
    said = operator.deploy("y\n", given={"TablePrefix": "blue"})
    assert f"{TOKEN} of blue" in said
    other = operator.deploy("", tty=False, agreed="1", name="baton-two", given={"TablePrefix": "b"})
    assert "make token STAGE=two SCOPES=owner TABLES=b" in other


def test_what_is_up_to_date_is_left_alone(operator: Operator) -> None:
    operator.deploy("y\n")
    said = operator.deploy("")
    assert "Nothing to change: the stack baton-prod is up to date." in said
    assert TOKEN not in said
    [done] = operator.account.cloudformation.list_change_sets(StackName=NAME)["Summaries"]
    assert done["ExecutionStatus"] == "EXECUTE_COMPLETE"


def test_a_parameter_keeps_its_value_until_it_is_given_anew(operator: Operator) -> None:
    operator.deploy("y\n", given={"Capacity": "3"})
    said = operator.deploy("y\n", given={"LogLevel": "DEBUG"})
    assert re.search(r"^    function {8}APIHandler \(Environment\)", said, re.MULTILINE)
    described = operator.stack().describe()
    assert described is not None
    assert described.parameters["Capacity"] == "3"
    assert described.parameters["LogLevel"] == "DEBUG"


def test_tags_are_those_of_the_stack_until_others_are_given(operator: Operator) -> None:
    def tags() -> dict[str, str]:
        [stack] = operator.account.cloudformation.describe_stacks(StackName=NAME)["Stacks"]
        return {each["Key"]: each["Value"] for each in stack["Tags"]}

    operator.deploy("y\n", tags={"team": "ops"})
    operator.deploy("y\n", given={"Capacity": "2"})
    assert tags() == {"team": "ops"}
    operator.deploy("y\n", tags={"team": "agents", "cost": "1"})
    assert tags() == {"team": "agents", "cost": "1"}


def test_a_fault_is_found_before_anything_is_touched(operator: Operator) -> None:
    with pytest.raises(Stopped, match=r"Capacity: “0” is out of range; at least 1, at most 1000\."):
        operator.deploy("y\n", given={"Capacity": "0"})
    assert operator.account.s3.list_buckets()["Buckets"] == []


def test_what_is_kept_of_a_stack_is_checked_with_what_is_given(operator: Operator) -> None:
    operator.deploy("y\n", given={"OidcIssuer": "https://a.test/", "OidcAudience": "baton"})
    with pytest.raises(Stopped, match="OidcIssuer and OidcAudience belong together"):
        operator.deploy("y\n", given={"OidcAudience": ""})


def test_a_deployment_that_nobody_would_be_alarmed_by_says_so(operator: Operator) -> None:
    assert "Warning: AlarmTopicArn is empty" in operator.deploy("y\n")
    topic = "arn:aws:sns:eu-central-1:111111111111:alarms"
    assert "Warning" not in operator.deploy("y\n", given={"AlarmTopicArn": topic})


def test_the_bucket_has_the_present_package_and_no_earlier_one(operator: Operator) -> None:
    operator.deploy("y\n")
    operator.deploy("y\n", given={"Capacity": "2"})
    [bucket] = operator.account.s3.list_buckets()["Buckets"]
    number = operator.account.place.account
    assert bucket["Name"] == f"baton-packages-{number}-eu-central-1"
    stored = operator.account.s3.list_objects_v2(Bucket=bucket["Name"])["Contents"]
    assert sorted(each["Key"].partition(".")[2] for each in stored) == ["json", "zip"]


def test_destroying_keeps_the_tables_and_says_how_to_go_on(operator: Operator) -> None:
    operator.deploy("y\n")
    said = operator.destroy("y\n")
    assert operator.status() is None
    assert tables(operator.account) == TABLES
    assert "make deploy STAGE=prod" in said
    for table in TABLES:
        assert f"aws dynamodb delete-table --table-name {table}" in said


@pytest.mark.parametrize("tty", [True, False])
def test_a_stack_is_not_destroyed_without_a_yes(operator: Operator, tty: bool) -> None:
    operator.deploy("y\n")
    assert operator.destroy("n\n", tty=tty).endswith("Nothing was done.\n")
    assert operator.status() == "CREATE_COMPLETE"


def test_destroying_what_is_not_there_says_so(operator: Operator) -> None:
    assert operator.destroy("") == "There is no stack baton-prod.\n"


def test_a_stack_made_again_takes_its_tables_over_with_what_is_in_them(operator: Operator) -> None:
    operator.deploy("y\n")
    dynamodb = operator.account.dynamodb
    item = {"kind": {"S": "floor"}, "key": {"S": "tick"}}
    dynamodb.put_item(TableName=f"{NAME}-control", Item=item)
    operator.destroy("y\n")
    said = operator.deploy("y\ny\n")
    assert re.search(r"taken over as they are \(8\):\n    table", said)
    assert TOKEN not in said
    assert operator.status() == "UPDATE_COMPLETE"
    assert dynamodb.get_item(TableName=f"{NAME}-control", Key=item)["Item"] == item
    in_stack = {physical for kind, _, physical in operator.stack().resources() if "Table" in kind}
    assert in_stack == TABLES
    # It is a stack like any other now.
    assert "Nothing to change" in operator.deploy("")


def test_only_the_tables_that_are_there_are_taken_over(operator: Operator) -> None:
    operator.deploy("y\n")
    operator.destroy("y\n")
    operator.account.dynamodb.delete_table(TableName=f"{NAME}-tokens")
    said = operator.deploy("y\ny\n")
    assert "taken over as they are (7)" in said
    assert tables(operator.account) == TABLES
    # Its tokens went with the table.
    assert TOKEN in said


def test_taking_over_gives_back_what_a_restored_table_lacks(operator: Operator) -> None:
    operator.deploy("y\n")
    operator.destroy("y\n")
    dynamodb = operator.account.dynamodb
    dynamodb.update_table(TableName=f"{NAME}-inbox", StreamSpecification={"StreamEnabled": False})
    said = operator.deploy("y\ny\n")
    assert f"{NAME}-inbox is given time to live, recovery to a point in time, its stream." in said
    inbox = dynamodb.describe_table(TableName=f"{NAME}-inbox")["Table"]
    assert inbox["StreamSpecification"]["StreamViewType"] == "KEYS_ONLY"
    expiry = dynamodb.describe_time_to_live(TableName=f"{NAME}-runs")["TimeToLiveDescription"]
    assert (expiry["TimeToLiveStatus"], expiry["AttributeName"]) == ("ENABLED", "expires_at")


def test_a_no_to_taking_over_touches_no_table(operator: Operator) -> None:
    operator.deploy("y\n")
    operator.destroy("y\n")
    with pytest.raises(Stopped):
        operator.deploy("n\n")
    assert operator.status() is None
    expiry = operator.account.dynamodb.describe_time_to_live(TableName=f"{NAME}-runs")
    assert expiry["TimeToLiveDescription"]["TimeToLiveStatus"] == "DISABLED"


def test_a_table_of_another_build_is_not_taken_over(operator: Operator) -> None:
    operator.account.dynamodb.create_table(
        TableName=f"{NAME}-control",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    with pytest.raises(UnfitTables, match=f"{NAME}-control: its key"):
        operator.deploy("y\ny\n")
    assert operator.status() is None


def test_a_change_set_nobody_agreed_to_is_cleared_away(operator: Operator) -> None:
    template = '{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}'
    operator.account.cloudformation.create_change_set(
        StackName=NAME, ChangeSetName="left", ChangeSetType="CREATE", TemplateBody=template
    )
    assert operator.status() == "REVIEW_IN_PROGRESS"
    said = operator.deploy("y\n")
    assert "was looked at once and never made: the empty shell is removed." in said
    assert operator.status() == "CREATE_COMPLETE"


def test_a_bucket_of_ones_own_is_left_as_it_is(operator: Operator) -> None:
    s3 = operator.account.s3
    location = {"LocationConstraint": "eu-central-1"}
    s3.create_bucket(Bucket="artefacts", CreateBucketConfiguration=location)  # type: ignore[arg-type]
    operator.deploy("y\n", bucket="artefacts")
    assert [each["Name"] for each in s3.list_buckets()["Buckets"]] == ["artefacts"]
    assert "Status" not in s3.get_bucket_versioning(Bucket="artefacts")
