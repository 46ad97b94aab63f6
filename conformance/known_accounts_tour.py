"""Policies and grants name accounts that are there, in the server's own partition; what else they name is refused or never applies."""

import json
import os
import subprocess

import boto3
import tour
from botocore.config import Config
from kms_client import ACCOUNT, ENDPOINT, connect, kms, new_key, refused

PARTNER = os.environ["KEYHOLD_PARTNER"]
UNKNOWN, ANNOUNCED = "555566667777", "666677778888"
#: Node, its options and the command's file.
COMMAND = json.loads(os.environ["KEYHOLD_COMMAND"])
DATA = os.environ["KEYHOLD_DATA"]
NO_PRINCIPAL = "Policy contains a statement with one or more invalid principals."
partner = connect(
    aws_access_key_id=os.environ["PARTNER_ACCESS_KEY_ID"],
    aws_secret_access_key=os.environ["PARTNER_SECRET_ACCESS_KEY"],
)
iam = boto3.client("iam", endpoint_url=ENDPOINT, config=Config(retries={"total_max_attempts": 1}))
OWN = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:*", "Resource": "*"}


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def root(account, partition="aws"):
    return f"arn:{partition}:iam::{account}:root"


def let_in(principal, **more):
    """A key policy that delegates to its account, and lets another principal describe the key."""
    return document(OWN, {**OWN, "Principal": {"AWS": principal}, "Action": "kms:DescribeKey", **more})


def trust(principal):
    return document({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"})


def names(principal):
    """Every call that names a principal: its input, and the exception that refuses a missing name."""
    key = new_key()["KeyId"]
    grant = {"KeyId": key, "Operations": ["Decrypt"]}
    role = iam.create_role(RoleName=f"role-{key}", AssumeRolePolicyDocument=trust(ACCOUNT))["Role"]["RoleName"]
    malformed, no_arn = kms.exceptions.MalformedPolicyDocumentException, kms.exceptions.InvalidArnException
    of_iam = iam.exceptions.MalformedPolicyDocumentException
    return [
        (malformed, kms.put_key_policy, {"KeyId": key, "PolicyName": "default", "Policy": let_in(principal)}),
        (malformed, kms.create_key, {"Policy": let_in(principal)}),
        (no_arn, kms.create_grant, {**grant, "GranteePrincipal": principal}),
        (no_arn, kms.create_grant, {**grant, "GranteePrincipal": root(ACCOUNT), "RetiringPrincipal": principal}),
        (of_iam, iam.update_assume_role_policy, {"RoleName": role, "PolicyDocument": trust(principal)}),
        (of_iam, iam.create_role, {"RoleName": f"other-{key}", "AssumeRolePolicyDocument": trust(principal)}),
    ]


def accounts():
    """One that is there can be named and then has what it was given; another number is no principal."""
    for principal in (root(PARTNER), root(ACCOUNT)):
        for _, call, arguments in names(principal):
            call(**arguments)
    for principal in (root(UNKNOWN), f"arn:aws:iam::{UNKNOWN}:user/ann", f"arn:aws:iam::{PARTNER}:user/nobody"):
        for exception, call, arguments in names(principal):
            refused(exception, call, NO_PRINCIPAL if "Policy" in arguments else None, **arguments)
    closed, opened = new_key()["Arn"], new_key(Policy=let_in(PARTNER))["Arn"]
    refused(partner.exceptions.ClientError, partner.describe_key, KeyId=closed)
    assert partner.describe_key(KeyId=opened)["KeyMetadata"]["Arn"] == opened
    text = kms.get_key_policy(KeyId=opened, PolicyName="default")["Policy"]
    put = {"KeyId": opened, "PolicyName": "default", "Policy": let_in(UNKNOWN)}
    refused(kms.exceptions.MalformedPolicyDocumentException, kms.put_key_policy, NO_PRINCIPAL, **put)
    assert kms.get_key_policy(KeyId=opened, PolicyName="default")["Policy"] == text


def partitions():
    """An ARN of another partition matches nothing here, and a policy that has one never applies."""
    for principal in (root(PARTNER, "aws-cn"), root(ACCOUNT, "zzz"), root(ACCOUNT, "aws-us-gov")):
        for exception, call, arguments in names(principal):
            refused(exception, call, **arguments)
    key = new_key()["Arn"]
    foreign = key.replace("arn:aws:", "arn:aws-cn:")
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    uses = ((kms.describe_key, {}), (kms.encrypt, {"Plaintext": b"x"}), (kms.decrypt, {"CiphertextBlob": blob}))
    for call, arguments in uses:
        call(KeyId=key, **arguments)
        refused(kms.exceptions.NotFoundException, call, KeyId=foreign, **arguments)
    iam.create_user(UserName="ann")
    made = iam.create_access_key(UserName="ann")["AccessKey"]
    ann = connect(aws_access_key_id=made["AccessKeyId"], aws_secret_access_key=made["SecretAccessKey"])
    everything = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}

    def may(*statements):
        iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=document(*statements))

    for effect in ("Allow", "Deny"):
        policy = document({**everything, "Effect": effect, "Resource": foreign})
        refused(
            iam.exceptions.MalformedPolicyDocumentException,
            iam.put_user_policy,
            UserName="ann",
            PolicyName="p",
            PolicyDocument=policy,
        )
    may({**everything, "Resource": key})
    ann.describe_key(KeyId=key)
    may(everything, {**everything, "Effect": "Deny", "Resource": key})
    assert refused(ann.exceptions.ClientError, ann.describe_key, KeyId=key) == "AccessDeniedException"


def create_account(account, *flags):
    """The operator's command, while the server runs: its exit code, its output, and a KMS client of the created user."""
    wanted = ["operator", "account", "create", "--data", DATA, "--account", account, "--json", *flags]
    made = subprocess.run([*COMMAND, *wanted], capture_output=True, text=True)
    if made.returncode != 0:
        return made.returncode, made.stderr, None
    key = json.loads(made.stdout)
    client = connect(aws_access_key_id=key["accessKeyId"], aws_secret_access_key=key["secretAccessKey"])
    return 0, made.stdout, client


def accepted_access():
    """A condition can name an account that is not there: its number is not given away unless the operator says so."""
    condition = {"StringEquals": {"kms:CallerAccount": ANNOUNCED}}
    key = new_key(Policy=let_in("*", Condition=condition))["Arn"]
    status, said, _ = create_account(ANNOUNCED)
    assert status == 2 and "--accept-access" in said, (status, said)
    assert said.split("\n")[-2] == f"  key policy on {key}: kms:CallerAccount {ANNOUNCED}", said
    refused(kms.exceptions.MalformedPolicyDocumentException, kms.create_key, NO_PRINCIPAL, Policy=let_in(ANNOUNCED))
    refused(partner.exceptions.ClientError, partner.describe_key, KeyId=key)
    status, said, other = create_account(UNKNOWN)
    assert status == 0 and key not in said, (status, said)
    assert refused(other.exceptions.ClientError, other.describe_key, KeyId=key) == "AccessDeniedException"
    status, said, announced = create_account(ANNOUNCED, "--accept-access")
    assert status == 0 and key in said, (status, said)
    assert announced.describe_key(KeyId=key)["KeyMetadata"]["Arn"] == key
    new_key(Policy=let_in(ANNOUNCED))


tour.run(accounts, partitions, accepted_access)
