"""What a program with boto3 does with roles and sessions. Prints a line for each part that passed."""

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor

import boto3
import tour
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

ACCOUNT = os.environ["KEYHOLD_ACCOUNT"]
CONFIG = Config(retries={"total_max_attempts": 1})


def client(service, credentials=None):
    session = {}
    if credentials is not None:
        session = {
            "aws_access_key_id": credentials["AccessKeyId"],
            "aws_secret_access_key": credentials["SecretAccessKey"],
            "aws_session_token": credentials["SessionToken"],
        }
    return boto3.client(service, endpoint_url=os.environ["KEYHOLD_ENDPOINT"], config=CONFIG, **session)


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def refused(call, code):
    try:
        call()
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        return error.response["Error"]["Message"]
    raise AssertionError(f"expected {code}")


def role(name, trust_actions):
    iam = client("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": trust_actions}
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust), Description="from boto3")["Role"]
    assert made["AssumeRolePolicyDocument"]["Statement"][0]["Action"] == trust_actions
    allow = {"Effect": "Allow", "Action": ["kms:ListKeys", "kms:GenerateRandom", "sts:*"], "Resource": "*"}
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document(allow))
    return made["Arn"]


def roles():
    arn = role("tour", "sts:AssumeRole")
    sts = client("sts")
    answer = sts.assume_role(RoleArn=arn, RoleSessionName="boto3")
    session = client("kms", answer["Credentials"])
    session.list_keys()
    refused(session.create_key, "AccessDeniedException")
    identity = client("sts", answer["Credentials"]).get_caller_identity()
    assert identity["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/tour/boto3"
    assert identity["UserId"] == answer["AssumedRoleUser"]["AssumedRoleId"]


def session_policies():
    arn = f"arn:aws:iam::{ACCOUNT}:role/tour"
    limit = document({"Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*"})
    answer = client("sts").assume_role(RoleArn=arn, RoleSessionName="limited", Policy=limit)
    assert 0 < answer["PackedPolicySize"] <= 100
    session = client("kms", answer["Credentials"])
    session.list_keys()
    refused(lambda: session.generate_random(NumberOfBytes=1), "AccessDeniedException")
    refused(
        lambda: client("sts").assume_role(RoleArn=arn, RoleSessionName="wrong", Policy="{}"),
        "MalformedPolicyDocument",
    )


def chains():
    arn = role("next", ["sts:AssumeRole", "sts:TagSession"])
    tags = [{"Key": "team", "Value": "red"}]
    first = client("sts").assume_role(
        RoleArn=arn, RoleSessionName="one", Tags=tags, TransitiveTagKeys=["team"]
    )["Credentials"]
    second = client("sts", first).assume_role(RoleArn=arn, RoleSessionName="two")["Credentials"]
    client("kms", second).list_keys()
    message = refused(
        lambda: client("sts", first).assume_role(RoleArn=arn, RoleSessionName="two", DurationSeconds=7200),
        "ValidationError",
    )
    assert "MaxSessionDuration" in message


def revocation():
    arn = f"arn:aws:iam::{ACCOUNT}:role/tour"
    credentials = client("sts").assume_role(RoleArn=arn, RoleSessionName="old")["Credentials"]
    revoke = {
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": "2999-01-01T00:00:00Z"}},
    }
    iam = client("iam")
    iam.put_role_policy(RoleName="tour", PolicyName="AWSRevokeOlderSessions", PolicyDocument=document(revoke))
    refused(client("kms", credentials).list_keys, "AccessDeniedException")
    iam.delete_role_policy(RoleName="tour", PolicyName="AWSRevokeOlderSessions")
    client("kms", credentials).list_keys()


def pages():
    iam = client("iam")
    found = [one["RoleName"] for page in iam.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": 1}) for one in page["Roles"]]
    assert found == ["next", "tour"], found
    simulated = iam.get_paginator("simulate_principal_policy").paginate(
        PolicySourceArn=f"arn:aws:iam::{ACCOUNT}:role/tour",
        ActionNames=["kms:ListKeys", "kms:CreateKey", "kms:GenerateRandom"],
        PaginationConfig={"PageSize": 2},
    )
    decisions = [one["EvalDecision"] for page in simulated for one in page["EvaluationResults"]]
    assert decisions == ["allowed", "implicitDeny", "allowed"], decisions


def last_used():
    arn = role("seldom", "sts:AssumeRole")
    iam = client("iam")
    assert iam.get_role(RoleName="seldom")["Role"]["RoleLastUsed"] == {}
    credentials = client("sts").assume_role(RoleArn=arn, RoleSessionName="now")["Credentials"]
    assert iam.get_role(RoleName="seldom")["Role"]["RoleLastUsed"] == {}
    client("kms", credentials).list_keys()
    used = iam.get_role(RoleName="seldom")["Role"]["RoleLastUsed"]
    assert used["Region"] == os.environ["AWS_DEFAULT_REGION"], used
    assert abs(used["LastUsedDate"].timestamp() - time.time()) < 60, used
    assert not any("RoleLastUsed" in one for one in iam.list_roles()["Roles"])


def user_sessions():
    credentials = client("sts").get_session_token()["Credentials"]
    client("kms", credentials).list_keys()
    sts = client("sts", credentials)
    sts.get_caller_identity()
    message = refused(client("iam", credentials).list_users, "InvalidClientTokenId")
    assert message == "The security token included in the request is invalid", message
    refused(sts.get_session_token, "AccessDenied")


def federation():
    limit = document({"Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*"})
    answer = client("sts").get_federation_token(Name="guest", Policy=limit, DurationSeconds=900)
    arn = f"arn:aws:sts::{ACCOUNT}:federated-user/guest"
    assert answer["FederatedUser"] == {"FederatedUserId": f"{ACCOUNT}:guest", "Arn": arn}, answer
    assert 0 < answer["PackedPolicySize"] <= 100
    session = client("kms", answer["Credentials"])
    session.list_keys()
    refused(session.list_aliases, "AccessDeniedException")
    assert client("sts", answer["Credentials"]).get_caller_identity()["Arn"] == arn
    refused(client("iam", answer["Credentials"]).list_users, "InvalidClientTokenId")
    unsigned = boto3.client(
        "sts", endpoint_url=os.environ["KEYHOLD_ENDPOINT"], config=CONFIG.merge(Config(signature_version=UNSIGNED))
    )
    saml = {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/tour", "PrincipalArn": f"arn:aws:iam::{ACCOUNT}:saml-provider/p"}
    refused(lambda: unsigned.assume_role_with_saml(SAMLAssertion="PHNhbWw+", **saml), "UnsupportedOperation")


def at_once():
    client("iam").create_user(UserName="hot")

    def add(thread):
        iam = client("iam")
        for index in range(4):
            iam.tag_user(UserName="hot", Tags=[{"Key": f"{thread}-{index}", "Value": ""}])

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(add, range(10)))
    tags = client("iam").list_user_tags(UserName="hot", MaxItems=100)["Tags"]
    assert len(tags) == 40, tags


tour.run(roles, session_policies, chains, revocation, pages, last_used, user_sessions, federation, at_once)
