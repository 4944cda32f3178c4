"""The AWS account and region that the environment names, as boto3 finds them."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from infra.aws.expressions import Place

if TYPE_CHECKING:  # the stubs are there for mypy only
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

_CONFIG = Config(retries={"mode": "standard", "max_attempts": 8})


class NoRegion(Exception):
    """The environment names no region."""


class Account:
    """Clients of one account in one region."""

    def __init__(self, session: boto3.Session | None = None) -> None:
        """Raises `NoRegion`."""
        self._session = session or boto3.Session()
        if not self._session.region_name:
            raise NoRegion("Name the region: AWS_DEFAULT_REGION=eu-central-1, or in a profile.")

    @cached_property
    def place(self) -> Place:
        """The account's number and its region."""
        sts: Any = self._session.client("sts", config=_CONFIG)
        return Place(sts.get_caller_identity()["Account"], str(self._session.region_name))

    @cached_property
    def cloudformation(self) -> "CloudFormationClient":
        return self._session.client("cloudformation", config=_CONFIG)

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        return self._session.client("dynamodb", config=_CONFIG)

    @cached_property
    def s3(self) -> "S3Client":
        return self._session.client("s3", config=_CONFIG)
