"""Deletes a user and a role that a key names, makes both again, and puts back what it read; fails where it is not AWS's."""

import json
import os

import boto3
import tour
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT = os.environ["KEYHOLD_ENDPOINT"]
ACCOUNT = os.environ["KEYHOLD_ACCOUNT"]

once = Config(retries={"total_max_attempts": 1})


def client(service, key=None):
    """A client of the administrator, or of the owner of this access key."""
    credentials = {}
    if key is not None:
        credentials = {
            "aws_access_key_id": key["AccessKeyId"],
            "aws_secret_access_key": key["SecretAccessKey"],
            "aws_session_token": key.get("SessionToken"),
        }
    return boto3.client(service, endpoint_url=ENDPOINT, config=once, **credentials)


iam, kms = client("iam"), client("kms")


def refused(code, call, **arguments):
    """The call fails with this code; returns the message."""
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error.response
        return error.response["Error"]["Message"]
    raise AssertionError(f"{call.__name__}({arguments}) passed")


def key_policy(*names):
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:*", "Resource": "*"},
                {"Effect": "Allow", "Principal": {"AWS": list(names)}, "Action": "kms:DescribeKey", "Resource": "*"},
            ],
        },
        indent=3,
    )


def trust(*names):
    statement = {"Effect": "Allow", "Principal": {"AWS": list(names)}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def make_user(name):
    """A user who may do nothing but by name: its ARN, id and clients."""
    user = iam.create_user(UserName=name)["User"]
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {**user, "key": key}


def delete_user(user):
    iam.delete_access_key(UserName=user["UserName"], AccessKeyId=user["key"]["AccessKeyId"])
    iam.delete_user(UserName=user["UserName"])


def make_role(name, trusted):
    return iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust(trusted)))["Role"]


def read_policy(key_id):
    return kms.get_key_policy(KeyId=key_id, PolicyName="default")["Policy"]


def names_of_the_deleted():
    user = make_user("ann")
    role = make_role("app", user["Arn"])
    policy = key_policy(user["Arn"], role["Arn"])
    key_id = kms.create_key(Policy=policy)["KeyMetadata"]["KeyId"]
    key_arn = kms.describe_key(KeyId=key_id)["KeyMetadata"]["Arn"]
    parties = {"GranteePrincipal": user["Arn"], "RetiringPrincipal": role["Arn"]}
    grant_id = kms.create_grant(KeyId=key_id, Operations=["GenerateDataKey"], **parties)["GrantId"]
    make_role("trusting", user["Arn"])
    assert read_policy(key_id) == policy
    client("kms", user["key"]).describe_key(KeyId=key_arn)
    client("kms", user["key"]).generate_data_key(KeyId=key_arn, KeySpec="AES_256")

    delete_user(user)
    iam.delete_role(RoleName="app")
    new_user = make_user("ann")
    new_role = make_role("app", new_user["Arn"])
    assert (new_user["Arn"], new_role["Arn"]) == (user["Arn"], role["Arn"])

    gone = key_policy(user["UserId"], role["RoleId"])
    assert user["UserId"].startswith("AIDA") and role["RoleId"].startswith("AROA")
    assert len(user["UserId"]) == len(role["RoleId"]) == 21, (user, role)
    assert read_policy(key_id) == gone, read_policy(key_id)
    [grant] = kms.list_grants(KeyId=key_id)["Grants"]
    assert grant["GranteePrincipal"] == user["UserId"], grant
    assert grant["RetiringPrincipal"] == role["RoleId"], grant
    assert kms.list_retirable_grants(RetiringPrincipal=role["Arn"])["Grants"] == []
    document = iam.get_role(RoleName="trusting")["Role"]["AssumeRolePolicyDocument"]
    assert document == trust(user["UserId"]), document

    for text in (gone, key_policy(new_user["UserId"]), key_policy(new_role["RoleId"])):
        for call, arguments in ((kms.put_key_policy, {"KeyId": key_id, "PolicyName": "default"}), (kms.create_key, {})):
            message = refused("MalformedPolicyDocumentException", call, Policy=text, **arguments)
            assert message == "Policy contains a statement with one or more invalid principals.", message
    for name in (user["UserId"], new_role["RoleId"]):
        text = json.dumps(trust(name))
        message = refused(
            "MalformedPolicyDocument", iam.update_assume_role_policy, RoleName="trusting", PolicyDocument=text
        )
        assert message == f'Invalid principal in policy: "AWS":"{name}"', message
        refused("MalformedPolicyDocument", iam.create_role, RoleName="other", AssumeRolePolicyDocument=text)
        refused(
            "InvalidArnException",
            kms.create_grant,
            KeyId=key_id,
            GranteePrincipal=name,
            Operations=["GenerateDataKey"],
        )

    session = client("sts", new_user["key"]).assume_role(RoleArn=new_role["Arn"], RoleSessionName="session")
    for credentials in (new_user["key"], session["Credentials"]):
        stranger = client("kms", credentials)
        refused("AccessDeniedException", stranger.describe_key, KeyId=key_arn)
        refused("AccessDeniedException", stranger.generate_data_key, KeyId=key_arn, KeySpec="AES_256")
        refused("AccessDeniedException", stranger.retire_grant, KeyId=key_arn, GrantId=grant_id)
    trusting = role["Arn"].replace("app", "trusting")
    refused("AccessDenied", client("sts", new_user["key"]).assume_role, RoleArn=trusting, RoleSessionName="session")


def names_of_the_renamed():
    user = make_user("eve")
    key_id = kms.create_key(Policy=key_policy(user["Arn"]))["KeyMetadata"]["KeyId"]
    key_arn = kms.describe_key(KeyId=key_id)["KeyMetadata"]["Arn"]
    kms.create_grant(KeyId=key_id, GranteePrincipal=user["Arn"], Operations=["GenerateDataKey"])
    role = make_role("for-eve", user["Arn"])
    iam.update_user(UserName="eve", NewUserName="eva")
    successor = make_user("eve")
    renamed = user["Arn"].replace("eve", "eva")
    assert read_policy(key_id) == key_policy(renamed), read_policy(key_id)
    [grant] = kms.list_grants(KeyId=key_id)["Grants"]
    assert grant["GranteePrincipal"] == renamed, grant
    kms.put_key_policy(KeyId=key_id, PolicyName="default", Policy=read_policy(key_id))
    document = iam.get_role(RoleName="for-eve")["Role"]["AssumeRolePolicyDocument"]
    assert document == trust(renamed), document
    iam.update_assume_role_policy(RoleName="for-eve", PolicyDocument=json.dumps(document))
    assume = {"RoleArn": role["Arn"], "RoleSessionName": "session"}
    client("sts", user["key"]).assume_role(**assume)
    refused("AccessDenied", client("sts", successor["key"]).assume_role, **assume)
    client("kms", user["key"]).describe_key(KeyId=key_arn)
    client("kms", user["key"]).generate_data_key(KeyId=key_arn, KeySpec="AES_256")
    refused("AccessDeniedException", client("kms", successor["key"]).describe_key, KeyId=key_arn)


def policies_of_sessions():
    user = make_user("sam")
    role = make_role("limited", user["Arn"])
    allow_all = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    iam.put_role_policy(RoleName="limited", PolicyName="all", PolicyDocument=allow_all)
    narrow = allow_all.replace('"Action": "*"', '"Action": "kms:ListKeys"')
    arn = iam.create_policy(PolicyName="limits", PolicyDocument=narrow)["Policy"]["Arn"]
    session = client("sts", user["key"]).assume_role(
        RoleArn=role["Arn"], RoleSessionName="session", PolicyArns=[{"arn": arn}]
    )
    limited = client("kms", session["Credentials"])
    limited.list_keys()
    refused("AccessDeniedException", limited.list_aliases)
    iam.delete_policy(PolicyArn=arn)
    assert iam.create_policy(PolicyName="limits", PolicyDocument=allow_all)["Policy"]["Arn"] == arn
    refused("AccessDeniedException", limited.list_keys)
    refused("AccessDeniedException", limited.list_aliases)


tour.run(names_of_the_deleted, names_of_the_renamed, policies_of_sessions)
