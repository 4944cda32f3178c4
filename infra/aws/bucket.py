"""The bucket from which CloudFormation and Lambda take what is deployed.

What is put there is named after its content, so the same is never put twice. Once a deployment has
succeeded, what earlier ones of its stack left is deleted; versions of the bucket keep it a while.
"""

import hashlib
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from infra.aws.account import Account
from infra.aws.expressions import Place

if TYPE_CHECKING:  # the stubs are there for mypy only
    from mypy_boto3_s3 import S3Client

#: For how long what was deleted can be had back.
KEPT_DAYS = 90
_HOME = "us-east-1"  # the one region that S3 does not want to be told


class BucketError(Exception):
    """The bucket cannot be used; the message says why."""


def default_name(place: Place) -> str:
    """The bucket of the account in its region, shared by all stages."""
    return f"baton-packages-{place.account}-{place.region}"


class Bucket:
    """An artefact bucket, as `take` returns it."""

    def __init__(self, s3: "S3Client", name: str, owner: str) -> None:
        self._s3 = s3
        self.name = name
        self._owner = owner

    def put(self, folder: str, suffix: str, body: bytes) -> str:
        """Store the body under a key made of its content, unless it is there. Returns the key."""
        key = f"{folder}/{hashlib.sha256(body).hexdigest()}{suffix}"
        if not self._has(key):
            self._s3.put_object(
                Bucket=self.name, Key=key, Body=body, ExpectedBucketOwner=self._owner
            )
        return key

    def url(self, key: str) -> str:
        """Where CloudFormation finds what is stored under a key."""
        return f"{self._s3.meta.endpoint_url}/{self.name}/{key}"

    def keep_only(self, folder: str, keys: set[str]) -> int:
        """Delete everything else in a folder. Returns how many objects that were."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.name, Prefix=f"{folder}/", ExpectedBucketOwner=self._owner
        )
        stored = {each["Key"] for page in pages for each in page.get("Contents", [])}
        for key in sorted(stored - keys):
            self._s3.delete_object(Bucket=self.name, Key=key, ExpectedBucketOwner=self._owner)
        return len(stored - keys)

    def _has(self, key: str) -> bool:
        try:
            self._s3.head_object(Bucket=self.name, Key=key, ExpectedBucketOwner=self._owner)
        except ClientError as error:
            if _status(error) == HTTPStatus.NOT_FOUND:
                return False
            raise
        return True


def take(account: Account, name: str = "") -> Bucket:
    """The bucket of that name, or the account's own; made and locked up if it is not there.

    A bucket of another name that is there already is left as it is.

    Raises:
        BucketError: it belongs to somebody else, or is in another region.
    """
    place = account.place
    chosen = name or default_name(place)
    bucket = Bucket(account.s3, chosen, place.account)
    made = not _exists(account.s3, chosen, place.account)
    if made:
        _make(account.s3, chosen, place.region)
    if made or not name:
        _lock_up(account.s3, chosen, place.account)
    return bucket


def _exists(s3: "S3Client", name: str, owner: str) -> bool:
    try:
        s3.head_bucket(Bucket=name, ExpectedBucketOwner=owner)
    except ClientError as error:
        if _status(error) == HTTPStatus.MOVED_PERMANENTLY:
            raise BucketError(
                f"The bucket {name} is in another region, and Lambda takes code from its own only."
                " Name another: BUCKET=…"
            ) from error
        if _status(error) == HTTPStatus.NOT_FOUND:
            return False
        if _status(error) == HTTPStatus.FORBIDDEN:
            raise BucketError(
                f"The bucket {name} belongs to somebody else, or you may not use it."
                " Name another: BUCKET=…"
            ) from error
        raise
    return True


def _make(s3: "S3Client", name: str, region: str) -> None:
    arguments: Any = {"Bucket": name}
    if region != _HOME:
        arguments["CreateBucketConfiguration"] = {"LocationConstraint": region}
    s3.create_bucket(**arguments)


def _lock_up(s3: "S3Client", name: str, owner: str) -> None:
    """Make the bucket private, encrypted and versioned, and have old versions expire."""
    s3.put_public_access_block(
        Bucket=name,
        ExpectedBucketOwner=owner,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
    s3.put_bucket_encryption(
        Bucket=name,
        ExpectedBucketOwner=owner,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        },
    )
    s3.put_bucket_versioning(
        Bucket=name,
        ExpectedBucketOwner=owner,
        VersioningConfiguration={"Status": "Enabled"},
    )
    s3.put_bucket_lifecycle_configuration(
        Bucket=name,
        ExpectedBucketOwner=owner,
        LifecycleConfiguration={
            "Rules": [
                {
                    "ID": "what was deleted goes",
                    "Status": "Enabled",
                    "Filter": {"Prefix": ""},
                    "NoncurrentVersionExpiration": {"NoncurrentDays": KEPT_DAYS},
                    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
                },
                {
                    "ID": "marks of what has gone go",
                    "Status": "Enabled",
                    "Filter": {"Prefix": ""},
                    "Expiration": {"ExpiredObjectDeleteMarker": True},
                },
            ]
        },
    )


def _status(error: ClientError) -> int:
    return int(error.response["ResponseMetadata"]["HTTPStatusCode"])
