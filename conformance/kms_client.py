"""What the tours of KMS have in common: boto3 at the server's address, and how a refusal is checked."""

import os
import uuid

import boto3
from botocore.config import Config

ENDPOINT = os.environ["KEYHOLD_ENDPOINT"]
ACCOUNT = os.environ["KEYHOLD_ACCOUNT"]
REGION = os.environ["AWS_DEFAULT_REGION"]


def connect(**options):
    """One attempt for each request, so that no refusal is hidden by another try."""
    config = Config(retries={"total_max_attempts": 1})
    return boto3.client("kms", endpoint_url=ENDPOINT, config=config, **options)


kms = connect()


def refused(exception, call, message=None, **arguments):
    """The call fails with this class of boto3's, HTTP 400 and, where AWS says one, this message."""
    try:
        call(**arguments)
    except exception as error:
        metadata = error.response["ResponseMetadata"]
        assert metadata["HTTPStatusCode"] == 400, metadata
        uuid.UUID(metadata["RequestId"])
        if message is not None:
            assert error.response["Error"]["Message"] == message, error.response
        return error.response["Error"]["Code"]
    raise AssertionError(f"{call.__name__}({arguments}) passed")


def new_key(**arguments):
    return kms.create_key(**arguments)["KeyMetadata"]
