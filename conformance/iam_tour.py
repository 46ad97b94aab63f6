"""Uses a running server's IAM through boto3 as its users do; fails at the first answer that is not AWS's."""

import json
import os

import boto3
import tour
from botocore import UNSIGNED
from botocore.config import Config

ENDPOINT = os.environ["KEYHOLD_ENDPOINT"]
ACCOUNT = os.environ["KEYHOLD_ACCOUNT"]
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"

once = Config(retries={"total_max_attempts": 1})
iam = boto3.client("iam", endpoint_url=ENDPOINT, config=once)


def document(action, resource="*"):
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [statement]}


def refused(exception, status, call, **arguments):
    """The call fails with this class of boto3's and this HTTP status; returns the message."""
    try:
        call(**arguments)
    except exception as error:
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == status, error.response
        return error.response["Error"]["Message"]
    raise AssertionError(f"{call.__name__}({arguments}) passed")


def users_and_groups():
    user = iam.create_user(UserName="boto", Path="/b/", Tags=[{"Key": "team", "Value": "rot é"}])["User"]
    assert user["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/b/boto", user
    assert user["CreateDate"].tzinfo is not None
    assert iam.get_user(UserName="BOTO")["User"] == user
    message = refused(iam.exceptions.EntityAlreadyExistsException, 409, iam.create_user, UserName="Boto")
    assert message == "User with name Boto already exists.", message
    message = refused(iam.exceptions.NoSuchEntityException, 404, iam.get_user, UserName="none")
    assert message == "The user with name none cannot be found.", message

    iam.create_group(GroupName="boto-group")
    iam.add_user_to_group(GroupName="boto-group", UserName="boto")
    assert [one["UserName"] for one in iam.get_group(GroupName="boto-group")["Users"]] == ["boto"]
    iam.update_user(UserName="boto", NewUserName="boto-2", NewPath="/")
    groups = iam.list_groups_for_user(UserName="boto-2")["Groups"]
    assert [one["GroupName"] for one in groups] == ["boto-group"], groups
    message = refused(iam.exceptions.DeleteConflictException, 409, iam.delete_group, GroupName="boto-group")
    assert message == "Cannot delete entity, must remove users from group first.", message
    iam.remove_user_from_group(GroupName="boto-group", UserName="boto-2")
    iam.delete_group(GroupName="boto-group")
    iam.untag_user(UserName="boto-2", TagKeys=["team"])
    assert iam.list_user_tags(UserName="boto-2")["Tags"] == []
    iam.delete_user(UserName="boto-2")


def policies():
    iam.create_user(UserName="holder")
    wanted = document("kms:*", "arn:aws:kms:*:*:key/(odd)*'s!")
    iam.put_user_policy(UserName="holder", PolicyName="inline", PolicyDocument=json.dumps(wanted))
    read = iam.get_user_policy(UserName="holder", PolicyName="inline")
    assert read["PolicyDocument"] == wanted, read
    refused(
        iam.exceptions.MalformedPolicyDocumentException,
        400,
        iam.put_user_policy,
        UserName="holder",
        PolicyName="bad",
        PolicyDocument="{}",
    )
    policy = iam.create_policy(PolicyName="managed", PolicyDocument=json.dumps(wanted), Description="d")["Policy"]
    iam.attach_user_policy(UserName="holder", PolicyArn=policy["Arn"])
    assert iam.get_policy(PolicyArn=policy["Arn"])["Policy"]["AttachmentCount"] == 1
    for _ in range(4):
        iam.create_policy_version(PolicyArn=policy["Arn"], PolicyDocument=json.dumps(document("kms:Decrypt")))
    refused(
        iam.exceptions.LimitExceededException,
        409,
        iam.create_policy_version,
        PolicyArn=policy["Arn"],
        PolicyDocument=json.dumps(wanted),
    )
    versions = iam.list_policy_versions(PolicyArn=policy["Arn"])["Versions"]
    assert [one["VersionId"] for one in versions if one["IsDefaultVersion"]] == ["v1"], versions
    iam.put_user_permissions_boundary(UserName="holder", PermissionsBoundary=ADMINISTRATOR)
    boundary = iam.get_user(UserName="holder")["User"]["PermissionsBoundary"]
    assert boundary["PermissionsBoundaryArn"] == ADMINISTRATOR, boundary
    refused(iam.exceptions.NoSuchEntityException, 404, iam.get_policy, PolicyArn=f"{policy['Arn']}-none")


def policies_of_aws():
    found = {one["Arn"]: one for page in iam.get_paginator("list_policies").paginate(Scope="AWS") for one in page["Policies"]}
    assert len(found) > 1500, len(found)
    audit = found["arn:aws:iam::aws:policy/SecurityAudit"]
    assert audit["PolicyId"] == "ANPAIX2T3QCXHR2OGGCTO" and audit["CreateDate"].year == 2015, audit
    version = iam.get_policy_version(PolicyArn=audit["Arn"], VersionId=audit["DefaultVersionId"])["PolicyVersion"]
    assert version["CreateDate"] == audit["UpdateDate"] and version["IsDefaultVersion"], version["CreateDate"]
    assert any("kms:ListKeys" in one["Action"] or "kms:List*" in one["Action"] for one in version["Document"]["Statement"])
    iam.create_group(GroupName="auditors")
    iam.attach_group_policy(GroupName="auditors", PolicyArn=audit["Arn"])
    attached = iam.list_policies(Scope="AWS", OnlyAttached=True)["Policies"]
    assert audit["Arn"] in [one["Arn"] for one in attached] and len(attached) < 10, attached
    for change, more in [
        (iam.create_policy_version, {"PolicyDocument": json.dumps(document("kms:*"))}),
        (iam.delete_policy, {}),
        (iam.tag_policy, {"Tags": [{"Key": "a", "Value": "b"}]}),
    ]:
        refused(iam.exceptions.ClientError, 403, change, PolicyArn=audit["Arn"], **more)
    keys = "arn:aws:iam::aws:policy/aws-service-role/AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy"
    refused(
        iam.exceptions.PolicyNotAttachableException, 400, iam.attach_group_policy, GroupName="auditors", PolicyArn=keys
    )


def access_keys():
    iam.create_user(UserName="keyed")
    keys = [iam.create_access_key(UserName="keyed")["AccessKey"] for _ in range(2)]
    refused(iam.exceptions.LimitExceededException, 409, iam.create_access_key, UserName="keyed")
    iam.put_user_policy(UserName="keyed", PolicyName="all", PolicyDocument=json.dumps(document("iam:*")))
    own = boto3.client(
        "iam",
        endpoint_url=ENDPOINT,
        config=once,
        aws_access_key_id=keys[0]["AccessKeyId"],
        aws_secret_access_key=keys[0]["SecretAccessKey"],
    )
    assert own.get_user()["User"]["UserName"] == "keyed"
    listed = own.list_access_keys()["AccessKeyMetadata"]
    assert sorted(one["AccessKeyId"] for one in listed) == sorted(one["AccessKeyId"] for one in keys)
    used = iam.get_access_key_last_used(AccessKeyId=keys[0]["AccessKeyId"])
    assert used["AccessKeyLastUsed"]["ServiceName"] == "iam" and used["UserName"] == "keyed", used
    unused = iam.get_access_key_last_used(AccessKeyId=keys[1]["AccessKeyId"])
    assert unused["AccessKeyLastUsed"] == {"ServiceName": "N/A", "Region": "N/A"}, unused
    iam.delete_access_key(UserName="keyed", AccessKeyId=keys[0]["AccessKeyId"])
    refused(own.exceptions.ClientError, 403, own.get_user)


def texts():
    iam.create_user(UserName="powerless", Path="/p/")
    key = iam.create_access_key(UserName="powerless")["AccessKey"]
    own = boto3.client(
        "iam",
        endpoint_url=ENDPOINT,
        config=once,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    mine = f"arn:aws:iam::{ACCOUNT}"
    elsewhere = "arn:aws:iam::999988887777:policy/elsewhere"
    for named, call, arguments in (
        ("user powerless", own.get_user, {}),
        ("user absent", own.get_user, {"UserName": "absent"}),
        ("role r1", own.get_role, {"RoleName": "r1"}),
        ("group g1", own.get_group, {"GroupName": "g1"}),
        (f"policy {elsewhere}", own.get_policy, {"PolicyArn": elsewhere}),
        ("policy p1", own.create_policy, {"PolicyName": "p1", "PolicyDocument": json.dumps(document("kms:*"))}),
        (f"{mine}:user/u1", own.create_user, {"UserName": "u1"}),
        (f"{mine}:role/", own.list_roles, {}),
        ("policy path /", own.list_policies, {}),
    ):
        message = refused(own.exceptions.ClientError, 403, call, **arguments)
        assert f" on resource: {named} because no identity-based policy allows the iam:" in message, message
    message = refused(iam.exceptions.NoSuchEntityException, 404, iam.get_policy, PolicyArn=elsewhere)
    assert message == f"Policy {elsewhere} was not found.", message
    provider = "arn:aws:iam::999988887777:oidc-provider/issuer.example.com"
    call = iam.get_open_id_connect_provider
    message = refused(iam.exceptions.NoSuchEntityException, 404, call, OpenIDConnectProviderArn=provider)
    assert message == f"OpenIDConnect Provider not found for arn {provider}", message
    unsigned = boto3.client("iam", endpoint_url=ENDPOINT, config=once.merge(Config(signature_version=UNSIGNED)))
    message = refused(unsigned.exceptions.ClientError, 403, unsigned.list_users)
    assert message == "Request is missing Authentication Token", message


def pages():
    for index in range(7):
        iam.create_group(GroupName=f"page-{index}", Path="/pages/")
    paginator = iam.get_paginator("list_groups")
    found = paginator.paginate(PathPrefix="/pages/", PaginationConfig={"PageSize": 3})
    names = [[group["GroupName"] for group in page["Groups"]] for page in found]
    assert names == [["page-0", "page-1", "page-2"], ["page-3", "page-4", "page-5"], ["page-6"]], names


tour.run(users_and_groups, policies, policies_of_aws, access_keys, texts, pages)
