"""Puts the documents of the table of the policy grammar through boto3, and holds the server to AWS's verdict on each."""

import json
import os
import re

import boto3
import tour
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT = os.environ["KEYHOLD_ENDPOINT"]
ACCOUNT = os.environ["KEYHOLD_ACCOUNT"]

once = Config(retries={"total_max_attempts": 1})


def client(service, **credentials):
    return boto3.client(service, endpoint_url=ENDPOINT, config=once, **credentials)


iam = client("iam")
kms = client("kms")
sts = client("sts")

with open(os.environ["KEYHOLD_CELLS"], encoding="utf-8") as file:
    CELLS = json.load(file)


def of(kind):
    return [cell for cell in CELLS if cell["kind"] == kind]


def holds(cell, put, codes):
    """The document is taken or refused as AWS does, with one of these codes and AWS's sentence."""
    try:
        put(cell["text"])
        refusal = None
    except ClientError as error:
        refusal = error.response["Error"]
    if cell["refused"] is None:
        assert refusal is None, (cell, refusal)
        return
    assert refusal is not None, f"accepted: {cell}"
    assert refusal["Code"] in codes, (cell, refusal)
    assert re.search(cell["refused"], refusal["Message"]), (cell, refusal)


OF_IAM = ("MalformedPolicyDocument", "ValidationError")


def managed_policies():
    def put(text):
        made = iam.create_policy(PolicyName="cell", PolicyDocument=text)["Policy"]
        iam.delete_policy(PolicyArn=made["Arn"])

    for cell in of("identity"):
        if "2008-10-17" not in cell["text"]:
            holds(cell, put, OF_IAM)


def inline_and_session_policies():
    iam.create_user(UserName="inline")
    trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": trust})
    role = iam.create_role(RoleName="session", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    for cell in of("identity")[::3]:
        holds(cell, lambda text: iam.put_user_policy(UserName="inline", PolicyName="p", PolicyDocument=text), OF_IAM)
        holds(cell, lambda text: sts.assume_role(RoleArn=role, RoleSessionName="cell", Policy=text), OF_IAM)


def trust_policies():
    def put(text):
        iam.create_role(RoleName="cell", AssumeRolePolicyDocument=text)
        iam.delete_role(RoleName="cell")

    for cell in of("trust"):
        holds(cell, put, OF_IAM)


def key_policies():
    def put(text):
        kms.create_key(Policy=text, BypassPolicyLockoutSafetyCheck=True)

    for cell in of("key"):
        holds(cell, put, ("MalformedPolicyDocumentException", "ValidationException"))


def decisions():
    """The decisions of documents whose meaning AWS does not say: they never allow, and always deny."""
    iam.create_user(UserName="alice")
    made = iam.create_access_key(UserName="alice")["AccessKey"]
    alice = client("kms", aws_access_key_id=made["AccessKeyId"], aws_secret_access_key=made["SecretAccessKey"])
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    everything = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}

    def may(*documents):
        for name in iam.list_user_policies(UserName="alice")["PolicyNames"]:
            iam.delete_user_policy(UserName="alice", PolicyName=name)
        for index, document in enumerate(documents):
            text = json.dumps(document)
            iam.put_user_policy(UserName="alice", PolicyName=f"p{index}", PolicyDocument=text)
        try:
            alice.decrypt(CiphertextBlob=blob)
            return True
        except alice.exceptions.ClientError as error:
            assert error.response["Error"]["Code"] == "AccessDeniedException", error.response
            return False

    decided = [cell for cell in of("identity") if cell["applies"] is not None]
    assert len(decided) > 10, decided
    for cell in decided:
        document = json.loads(cell["text"])
        assert may(document) == cell["applies"]["Allow"], cell
        for statement in document["Statement"]:
            statement["Effect"] = "Deny"
        assert may(everything, document) == (not cell["applies"]["Deny"]), cell


tour.run(managed_policies, inline_and_session_policies, trust_policies, key_policies, decisions)
