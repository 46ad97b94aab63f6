"""What a program with boto3 sees of a development server whose time it moves. Prints a line for each part that passed."""

import datetime
import json
import os
import time
import urllib.request

import boto3
import tour
from botocore.config import Config

ENDPOINT = os.environ["AWS_ENDPOINT_URL_KMS"]
REGION = os.environ["AWS_DEFAULT_REGION"]
ELSEWHERE = "eu-west-1"
# Those who name an account are its root here.
ROOT = {"AccessKeyId": "111122223333", "SecretAccessKey": "dev"}
DAY = 86_400


def client(service, credentials=ROOT, region=REGION):
    return boto3.client(
        service,
        endpoint_url=ENDPOINT,
        region_name=region,
        config=Config(retries={"total_max_attempts": 1}),
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials.get("SessionToken"),
    )


kms = client("kms")


def advance(days):
    """Moves time. The new time, in seconds since the epoch."""
    body = json.dumps({"advanceSeconds": days * DAY}).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{ENDPOINT}/dev/clock", body)) as answer:
        return json.load(answer)["now"]


def new_key(**arguments):
    return kms.create_key(**arguments)["KeyMetadata"]["KeyId"]


def keys():
    pages = kms.get_paginator("list_keys").paginate()
    return {key["KeyId"] for page in pages for key in page["Keys"]}


def eventually(check):
    """What a server does by itself takes a second or two."""
    until = time.monotonic() + 20
    while not check():
        assert time.monotonic() < until, check
        time.sleep(0.2)


def due_keys():
    due, later = [new_key() for _ in range(120)], [new_key() for _ in range(3)]
    for key in due:
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    for key in later:
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=30)
    advance(8)
    assert keys() == set(later)


@tour.needs("kms.EnableKeyRotation.RotationPeriodInDays", "kms.ListKeyRotations")
def years():
    key = new_key()
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    start = advance(0)
    now = advance(400)
    dates = [rotation["RotationDate"].timestamp() for rotation in kms.list_key_rotations(KeyId=key)["Rotations"]]
    assert [round((date - start) / DAY, 3) for date in dates] == [90, 180, 270, 360], dates
    status = kms.get_key_rotation_status(KeyId=key)
    assert now < status["NextRotationDate"].timestamp() <= now + 51 * DAY, status


def callers():
    iam = client("iam")
    allow = {"Effect": "Allow", "Action": ["kms:ListKeys", "sts:AssumeRole"], "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    trusted = {"Effect": "Allow", "Principal": {"AWS": ROOT["AccessKeyId"]}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [trusted]})
    iam.create_user(UserName="ann")
    iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=policy)
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=policy)
    ann = iam.create_access_key(UserName="ann")["AccessKey"]
    advance(1)
    client("kms", ann).list_keys()
    sts = client("sts", ann)
    session = sts.assume_role(RoleArn=role, RoleSessionName="one")["Credentials"]
    left = session["Expiration"] - datetime.datetime.now(datetime.timezone.utc)
    assert 3500 < left.total_seconds() <= 3600, left
    assert session["Expiration"].microsecond == 0
    advance(1)
    client("kms", session).list_keys()
    url = sts.generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
    with urllib.request.urlopen(url) as answer:
        assert b"user/ann" in answer.read()


def passing_states():
    key = new_key(MultiRegion=True)
    kms.replicate_key(KeyId=key, ReplicaRegion=ELSEWHERE)
    there = client("kms", region=ELSEWHERE)
    eventually(lambda: there.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled")


@tour.needs("kms.EnableKeyRotation.RotationPeriodInDays", "kms.ListKeyRotations")
def overdue_rotation():
    key = new_key()
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    kms.disable_key(KeyId=key)
    now = advance(100)
    assert kms.get_key_rotation_status(KeyId=key)["NextRotationDate"].timestamp() >= now
    assert kms.list_key_rotations(KeyId=key)["Rotations"] == []
    kms.enable_key(KeyId=key)
    eventually(lambda: len(kms.list_key_rotations(KeyId=key)["Rotations"]) == 1)
    assert round((kms.get_key_rotation_status(KeyId=key)["NextRotationDate"].timestamp() - now) / DAY) == 90


tour.run(due_keys, years, callers, passing_states, overdue_rotation)
