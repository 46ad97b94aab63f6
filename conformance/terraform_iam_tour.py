"""Makes the calls of Terraform's AWS provider for IAM, in its order: create, read, change, destroy.

Source: hashicorp/terraform-provider-aws, internal/service/iam. Each destroy tolerates NoSuchEntity, as the provider does.
"""

import json
import os

import boto3
import tour
from botocore.config import Config

ENDPOINT = os.environ["KEYHOLD_ENDPOINT"]
ACCOUNT = os.environ["KEYHOLD_ACCOUNT"]

once = Config(retries={"total_max_attempts": 1})
iam = boto3.client("iam", endpoint_url=ENDPOINT, config=once)
sts = boto3.client("sts", endpoint_url=ENDPOINT, config=once)

TAGS = [{"Key": "team", "Value": "billing"}]
READS = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:List*", "Resource": "*"}]}


def trust(principal, action="sts:AssumeRole", **more):
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def absent(call, **arguments):
    try:
        call(**arguments)
    except iam.exceptions.NoSuchEntityException:
        return
    raise AssertionError(f"{call.__name__}({arguments}) passed")


def all_pages(operation, result, **arguments):
    return [item for page in iam.get_paginator(operation).paginate(**arguments) for item in page[result]]


def policy(name):
    arn = iam.create_policy(PolicyName=name, Path="/", PolicyDocument=json.dumps(READS), Tags=TAGS)["Policy"]["Arn"]
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    assert iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"] == READS
    return arn


def destroy_policy(arn):
    for version in all_pages("list_policy_versions", "Versions", PolicyArn=arn):
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
    iam.delete_policy(PolicyArn=arn)
    absent(iam.get_policy, PolicyArn=arn)


def aws_iam_user_with_force_destroy():
    sts.get_caller_identity()
    arn = policy("tf-user")
    iam.create_user(Path="/", UserName="tf", Tags=TAGS, PermissionsBoundary=arn)
    assert iam.get_user(UserName="tf")["User"]["Tags"] == TAGS
    iam.update_user(UserName="tf", NewUserName="tf-renamed", NewPath="/moved/")
    iam.tag_user(UserName="tf-renamed", Tags=[{"Key": "stage", "Value": "test"}])
    iam.untag_user(UserName="tf-renamed", TagKeys=["team"])
    iam.create_group(GroupName="tf", Path="/")
    iam.add_user_to_group(UserName="tf-renamed", GroupName="tf")
    assert [group["GroupName"] for group in all_pages("list_groups_for_user", "Groups", UserName="tf-renamed")] == ["tf"]
    iam.create_access_key(UserName="tf-renamed")
    iam.attach_user_policy(UserName="tf-renamed", PolicyArn=arn)
    iam.put_user_policy(UserName="tf-renamed", PolicyName="own", PolicyDocument=json.dumps(READS))
    # What other resources of the configuration own is destroyed before the user.
    iam.delete_user_policy(UserName="tf-renamed", PolicyName="own")
    iam.detach_user_policy(UserName="tf-renamed", PolicyArn=arn)
    iam.delete_user_permissions_boundary(UserName="tf-renamed")
    destroy_user("tf-renamed")
    iam.delete_group(GroupName="tf")
    destroy_policy(arn)


def destroy_user(name):
    for group in all_pages("list_groups_for_user", "Groups", UserName=name):
        iam.remove_user_from_group(UserName=name, GroupName=group["GroupName"])
    for key in all_pages("list_access_keys", "AccessKeyMetadata", UserName=name):
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    assert all_pages("list_ssh_public_keys", "SSHPublicKeys", UserName=name) == []
    assert all_pages("list_virtual_mfa_devices", "VirtualMFADevices", AssignmentStatus="Assigned") == []
    assert all_pages("list_mfa_devices", "MFADevices", UserName=name) == []
    absent(iam.delete_login_profile, UserName=name)
    assert all_pages("list_signing_certificates", "Certificates", UserName=name) == []
    assert iam.list_service_specific_credentials(UserName=name)["ServiceSpecificCredentials"] == []
    iam.delete_user(UserName=name)
    absent(iam.get_user, UserName=name)


def aws_iam_access_key():
    iam.create_user(UserName="tf-key", Path="/")
    key = iam.create_access_key(UserName="tf-key")["AccessKey"]["AccessKeyId"]
    iam.update_access_key(UserName="tf-key", AccessKeyId=key, Status="Inactive")
    [found] = all_pages("list_access_keys", "AccessKeyMetadata", UserName="tf-key")
    assert found["AccessKeyId"] == key and found["Status"] == "Inactive", found
    iam.delete_access_key(UserName="tf-key", AccessKeyId=key)
    iam.delete_user(UserName="tf-key")


def aws_iam_role_with_force_detach():
    arn = policy("tf-role")
    ec2 = trust({"Service": "ec2.amazonaws.com"})
    iam.create_role(RoleName="tf", Path="/ops/", AssumeRolePolicyDocument=ec2, MaxSessionDuration=3600, Tags=TAGS)
    role = iam.get_role(RoleName="tf")["Role"]
    assert role["AssumeRolePolicyDocument"] == json.loads(ec2) and role["Tags"] == TAGS, role
    iam.attach_role_policy(RoleName="tf", PolicyArn=arn)
    iam.put_role_policy(RoleName="tf", PolicyName="own", PolicyDocument=json.dumps(READS))
    assert all_pages("list_role_policies", "PolicyNames", RoleName="tf") == ["own"]
    assert [one["PolicyArn"] for one in all_pages("list_attached_role_policies", "AttachedPolicies", RoleName="tf")] == [arn]
    iam.update_assume_role_policy(RoleName="tf", PolicyDocument=trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}))
    iam.update_role(RoleName="tf", Description="changed", MaxSessionDuration=7200)
    iam.put_role_permissions_boundary(RoleName="tf", PermissionsBoundary=arn)
    iam.delete_role_permissions_boundary(RoleName="tf")
    iam.tag_role(RoleName="tf", Tags=[{"Key": "stage", "Value": "test"}])
    iam.untag_role(RoleName="tf", TagKeys=["team"])
    destroy_role("tf")
    destroy_policy(arn)


def destroy_role(name):
    for profile in all_pages("list_instance_profiles_for_role", "InstanceProfiles", RoleName=name):
        iam.remove_role_from_instance_profile(InstanceProfileName=profile["InstanceProfileName"], RoleName=name)
    for attached in all_pages("list_attached_role_policies", "AttachedPolicies", RoleName=name):
        iam.detach_role_policy(RoleName=name, PolicyArn=attached["PolicyArn"])
    for own in all_pages("list_role_policies", "PolicyNames", RoleName=name):
        iam.delete_role_policy(RoleName=name, PolicyName=own)
    iam.delete_role(RoleName=name)
    absent(iam.get_role, RoleName=name)


def aws_iam_instance_profile():
    ec2 = trust({"Service": "ec2.amazonaws.com"})
    for name in ("tf-web", "tf-other"):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=ec2)
    iam.create_instance_profile(InstanceProfileName="tf", Path="/", Tags=TAGS)
    iam.get_waiter("instance_profile_exists").wait(InstanceProfileName="tf")
    iam.add_role_to_instance_profile(InstanceProfileName="tf", RoleName="tf-web")
    profile = iam.get_instance_profile(InstanceProfileName="tf")["InstanceProfile"]
    assert [role["RoleName"] for role in profile["Roles"]] == ["tf-web"] and profile["Tags"] == TAGS, profile
    # Another role.
    iam.remove_role_from_instance_profile(InstanceProfileName="tf", RoleName="tf-web")
    iam.add_role_to_instance_profile(InstanceProfileName="tf", RoleName="tf-other")
    iam.tag_instance_profile(InstanceProfileName="tf", Tags=[{"Key": "stage", "Value": "test"}])
    iam.untag_instance_profile(InstanceProfileName="tf", TagKeys=["team"])
    # A role that is destroyed first leaves the profile; the profile's own destroy then finds none in it.
    destroy_role("tf-other")
    absent(iam.remove_role_from_instance_profile, InstanceProfileName="tf", RoleName="tf-other")
    iam.delete_instance_profile(InstanceProfileName="tf")
    absent(iam.get_instance_profile, InstanceProfileName="tf")
    destroy_role("tf-web")


def aws_iam_openid_connect_provider():
    url = "https://issuer.example.com"
    made = iam.create_open_id_connect_provider(Url=url, ClientIDList=["sts"], ThumbprintList=["a" * 40], Tags=TAGS)
    named = {"OpenIDConnectProviderArn": made["OpenIDConnectProviderArn"]}
    iam.get_open_id_connect_provider(**named)
    iam.update_open_id_connect_provider_thumbprint(**named, ThumbprintList=["b" * 40])
    iam.add_client_id_to_open_id_connect_provider(**named, ClientID="other")
    iam.remove_client_id_from_open_id_connect_provider(**named, ClientID="sts")
    iam.tag_open_id_connect_provider(**named, Tags=[{"Key": "stage", "Value": "test"}])
    iam.untag_open_id_connect_provider(**named, TagKeys=["team"])
    found = iam.get_open_id_connect_provider(**named)
    assert found["ThumbprintList"] == ["b" * 40] and found["ClientIDList"] == ["other"], found
    assert found["Tags"] == [{"Key": "stage", "Value": "test"}], found
    iam.delete_open_id_connect_provider(**named)
    absent(iam.get_open_id_connect_provider, **named)


def data_sources():
    assert iam.list_account_aliases()["AccountAliases"] == []
    absent(iam.get_account_password_policy)
    users = iam.get_account_authorization_details(Filter=["User"])["UserDetailList"]
    assert len(users) == 1 and users[0]["UserPolicyList"] == [], users
    assert iam.generate_credential_report()["State"] == "COMPLETE"
    report = iam.get_credential_report()["Content"].decode().split("\n")
    assert report[0].startswith("user,arn,user_creation_time,") and len(report) == 3, report
    summary = iam.get_account_summary()["SummaryMap"]
    assert summary["Users"] == 1 and summary["InstanceProfiles"] == 0, summary


tour.run(
    aws_iam_user_with_force_destroy,
    aws_iam_access_key,
    aws_iam_role_with_force_detach,
    aws_iam_instance_profile,
    aws_iam_openid_connect_provider,
    data_sources,
)
