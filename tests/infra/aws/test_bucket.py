"""The artefact bucket: private, versioned, and never somebody else's."""

import os
from collections.abc import Iterator

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from infra.aws import bucket
from infra.aws.account import Account
from infra.aws.bucket import BucketError

NAME = "baton-packages-123456789012-eu-central-1"


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """An empty account, moto's."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    with mock_aws():
        yield Account(boto3.Session("test", "test", region_name="eu-central-1"))


def test_a_bucket_is_made_and_locked_up(account: Account) -> None:
    assert bucket.take(account).name == NAME
    s3 = account.s3
    assert s3.get_bucket_location(Bucket=NAME)["LocationConstraint"] == "eu-central-1"
    closed = s3.get_public_access_block(Bucket=NAME)["PublicAccessBlockConfiguration"]
    assert closed == {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": True,
        "BlockPublicPolicy": True,
        "RestrictPublicBuckets": True,
    }
    assert s3.get_bucket_versioning(Bucket=NAME)["Status"] == "Enabled"
    [rule] = s3.get_bucket_encryption(Bucket=NAME)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    rules = s3.get_bucket_lifecycle_configuration(Bucket=NAME)["Rules"]
    assert {"NoncurrentDays": 90} in [each.get("NoncurrentVersionExpiration") for each in rules]
    # Nothing that is in use may go by its age.
    assert not [each for each in rules if "Days" in each.get("Expiration", {})]


def test_a_bucket_that_was_made_and_not_locked_up_is_locked_up(account: Account) -> None:
    account.s3.create_bucket(
        Bucket=NAME, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    bucket.take(account)
    assert account.s3.get_bucket_versioning(Bucket=NAME)["Status"] == "Enabled"


def test_the_region_that_takes_no_location_gets_none(account: Account) -> None:
    home = Account(boto3.Session("test", "test", region_name="us-east-1"))
    assert bucket.take(home).name == "baton-packages-123456789012-us-east-1"


def test_a_bucket_of_another_name_is_made_if_it_is_not_there(account: Account) -> None:
    assert bucket.take(account, "of-ours").name == "of-ours"
    assert account.s3.get_bucket_versioning(Bucket="of-ours")["Status"] == "Enabled"


@pytest.mark.parametrize(
    ("status", "reason"), [(403, "belongs to somebody else"), (301, "is in another region")]
)
def test_a_bucket_of_somebody_or_somewhere_else_is_not_used(
    account: Account, status: int, reason: str
) -> None:
    # What S3 says to HEAD of such a bucket; moto does not look.
    with Stubber(account.s3) as s3:
        s3.add_client_error(
            "head_bucket",
            str(status),
            http_status_code=status,
            expected_params={"Bucket": "theirs", "ExpectedBucketOwner": "123456789012"},
        )
        with pytest.raises(BucketError, match=f"theirs {reason}"):
            bucket.take(account, "theirs")


def test_the_same_is_stored_once_under_one_name(account: Account) -> None:
    taken = bucket.take(account)
    first = taken.put("baton-prod", ".zip", b"code")
    assert taken.put("baton-prod", ".zip", b"code") == first
    assert taken.put("baton-prod", ".zip", b"other") != first
    versions = account.s3.list_object_versions(Bucket=NAME, Prefix=first)["Versions"]
    assert len(versions) == 1
    assert taken.url(first).endswith(f"/{NAME}/{first}")


def test_only_what_a_stack_left_itself_is_deleted(account: Account) -> None:
    taken = bucket.take(account)
    old, new = (taken.put("baton-prod", ".zip", body) for body in (b"old", b"new"))
    other = taken.put("baton-prod-2", ".zip", b"other")
    assert taken.keep_only("baton-prod", {new}) == 1
    left = {each["Key"] for each in account.s3.list_objects_v2(Bucket=NAME)["Contents"]}
    assert left == {new, other}
    # It can be had back for a while.
    assert account.s3.list_object_versions(Bucket=NAME, Prefix=old)["Versions"] != []
