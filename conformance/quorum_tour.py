"""A deletion that a quorum rule protects, as boto3 sees it. Approvals are signed by botocore. Prints a line for each part."""

import json
import re
import urllib.error
import urllib.request

import boto3
import tour
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from kms_client import ENDPOINT, REGION, kms, new_key

OWNER = boto3.Session().get_credentials()
ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'


def keyhold(operation, credentials=OWNER, **members):
    """An operation that boto3 has no model of."""
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"Keyhold.{operation}"}
    request = AWSRequest("POST", ENDPOINT + "/", headers=headers, data=json.dumps(members))
    SigV4Auth(credentials, "keyhold", REGION).add_auth(request)
    sent = urllib.request.Request(ENDPOINT + "/", data=request.data.encode(), headers=dict(request.headers))
    try:
        return json.load(urllib.request.urlopen(sent))
    except urllib.error.HTTPError as error:
        return json.load(error)


def approver(name):
    iam = boto3.client("iam", endpoint_url=ENDPOINT)
    arn = iam.create_user(UserName=name)["User"]["Arn"]
    iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=ALL)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return arn, Credentials(key["AccessKeyId"], key["SecretAccessKey"])


def refusal(call, **arguments):
    try:
        call(**arguments)
    except kms.exceptions.ClientError as error:
        # The owner's client tries three times: one attempt shows that this code is none that it repeats.
        assert error.response["Error"]["Code"] == "AccessDeniedException", error.response
        assert error.response["ResponseMetadata"]["RetryAttempts"] == 0, error.response
        return error.response["Error"]["Message"]
    raise AssertionError(f"{call.__name__} passed")


def waiting(message):
    return re.search(r"keyhold quorum approve ([0-9a-f-]{36})", message).group(1)


def approved():
    (ann, ann_signs), (bob, bob_signs) = approver("ann"), approver("bob")
    rule = {"RuleName": "all", "NeededApprovals": 2, "Approvers": [ann, bob], "KeyArns": ["*"]}
    assert keyhold("PutQuorumRule", **rule)["Rule"]["NeededApprovals"] == 2
    key = new_key()["Arn"]
    retrying = boto3.client("kms", endpoint_url=ENDPOINT)
    call = {"KeyId": key, "PendingWindowInDays": 7}
    request = waiting(refusal(retrying.schedule_key_deletion, **call))
    assert keyhold("ApproveRequest", OWNER, RequestId=request)["__type"] == "AccessDeniedException"
    assert keyhold("ApproveRequest", ann_signs, RequestId=request)["Request"]["ApprovedBy"] == [ann]
    assert "and 1 approved" in refusal(retrying.schedule_key_deletion, **call)
    keyhold("ApproveRequest", bob_signs, RequestId=request)
    other = waiting(refusal(kms.schedule_key_deletion, KeyId=key, PendingWindowInDays=8))
    assert other != request
    assert kms.schedule_key_deletion(**call)["KeyState"] == "PendingDeletion"
    kms.cancel_key_deletion(KeyId=key)
    assert waiting(refusal(kms.schedule_key_deletion, **call)) != request


def unprotected():
    key = new_key()["KeyId"]
    kms.disable_key(KeyId=key)
    policy = kms.get_key_policy(KeyId=key)["Policy"]
    assert "waits for approval" in refusal(kms.put_key_policy, KeyId=key, Policy=policy)


tour.run(approved, unprotected)
