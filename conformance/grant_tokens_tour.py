"""A grant token counts for the grant's own key: with every other key it is as if it had not been sent."""

import json
import os

import boto3
import tour
from botocore.config import Config

from kms_client import ACCOUNT, ENDPOINT, connect, kms, new_key, refused

PARTNER = os.environ["KEYHOLD_PARTNER"]
partner = connect(
    aws_access_key_id=os.environ["PARTNER_ACCESS_KEY_ID"],
    aws_secret_access_key=os.environ["PARTNER_SECRET_ACCESS_KEY"],
)
iam = boto3.client("iam", endpoint_url=ENDPOINT, config=Config(retries={"total_max_attempts": 1}))
SIGNING = {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}
ADMINISTRATOR = f"arn:aws:iam::{ACCOUNT}:user/administrator"


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, **more):
    return {"Effect": "Allow", "Action": action, "Resource": "*", **more}


def user(name):
    """A user who may do all of KMS that key policies leave to the account."""
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="kms", PolicyDocument=document(allow("kms:*")))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return connect(aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])


mallory = user("mallory")
MALLORY = f"arn:aws:iam::{ACCOUNT}:user/mallory"


def closed_key(**arguments):
    """A key of the administrator's that is for no other principal."""
    return new_key(Policy=document(allow("kms:*", Principal={"AWS": ADMINISTRATOR})), **arguments)["Arn"]


def token(client, grantee, operations, key=None, **arguments):
    """Of a grant on a key that the client has just made, unless it has one."""
    key = key or client.create_key(**arguments)["KeyMetadata"]["Arn"]
    return client.create_grant(KeyId=key, GranteePrincipal=grantee, Operations=operations)["GrantToken"]


def attempts(client, grantee, own=None):
    """The client's own grant allows everything that it asks of the victim's keys; none of it is for them."""
    victim, signer = closed_key(), closed_key(**SIGNING)
    blob = kms.encrypt(KeyId=victim, Plaintext=b"secret")["CiphertextBlob"]
    operations = ["Encrypt", "Decrypt", "DescribeKey", "CreateGrant", "GenerateDataKey", "ReEncryptFrom"]
    tokens = [token(client, grantee, operations, own)]
    sign = [token(client, grantee, ["Sign", "DescribeKey"], **SIGNING)]
    mine = client.create_key()["KeyMetadata"]["Arn"]
    denied = client.exceptions.ClientError
    context = {"GrantTokens": tokens}
    more = {"GranteePrincipal": grantee, "Operations": ["Decrypt"]}
    code = "AccessDeniedException"
    assert refused(denied, client.decrypt, CiphertextBlob=blob, **context) == code
    assert refused(denied, client.decrypt, CiphertextBlob=blob, KeyId=victim, **context) == code
    assert refused(denied, client.encrypt, KeyId=victim, Plaintext=b"x", **context) == code
    assert refused(denied, client.describe_key, KeyId=victim, **context) == code
    assert refused(denied, client.create_grant, KeyId=victim, **more, **context) == code
    assert refused(denied, client.generate_data_key, KeyId=victim, KeySpec="AES_256", **context) == code
    assert refused(denied, client.re_encrypt, CiphertextBlob=blob, DestinationKeyId=mine, **context) == code
    message = {"Message": b"m", "SigningAlgorithm": "ECDSA_SHA_256"}
    assert refused(denied, client.sign, KeyId=signer, **message, GrantTokens=sign) == code


def another_principals_key():
    attempts(mallory, MALLORY)


def another_accounts_key():
    attempts(partner, f"arn:aws:iam::{PARTNER}:user/administrator")


def revoked_and_malformed():
    key = closed_key()
    granted = kms.create_grant(KeyId=key, GranteePrincipal=MALLORY, Operations=["DescribeKey"])
    tokens = [granted["GrantToken"]]
    assert mallory.describe_key(KeyId=key, GrantTokens=tokens)["KeyMetadata"]["Arn"] == key
    kms.revoke_grant(KeyId=key, GrantId=granted["GrantId"])
    refused(mallory.exceptions.ClientError, mallory.describe_key, KeyId=key, GrantTokens=tokens)
    spoilt = [tokens[0][:-4] + "AAAA"]
    refused(mallory.exceptions.InvalidGrantTokenException, mallory.describe_key, KeyId=key, GrantTokens=spoilt)


def right_use():
    """The token of the right key works, beside one of another key, and for either key of ReEncrypt."""
    key, destination = closed_key(), closed_key()
    blob = kms.encrypt(KeyId=key, Plaintext=b"shared")["CiphertextBlob"]
    other = token(mallory, MALLORY, ["Decrypt", "DescribeKey"])
    tokens = [other, token(kms, MALLORY, ["Decrypt", "DescribeKey"], key)]
    assert mallory.decrypt(CiphertextBlob=blob, GrantTokens=tokens)["Plaintext"] == b"shared"
    assert mallory.describe_key(KeyId=key, GrantTokens=tokens)["KeyMetadata"]["Arn"] == key
    both = [token(kms, MALLORY, ["ReEncryptFrom"], key), token(kms, MALLORY, ["ReEncryptTo"], destination)]
    moved = mallory.re_encrypt(CiphertextBlob=blob, DestinationKeyId=destination, GrantTokens=both)
    assert kms.decrypt(CiphertextBlob=moved["CiphertextBlob"], KeyId=destination)["Plaintext"] == b"shared"


def boundaries():
    """A Deny with NotPrincipal applies to a user with a permissions boundary, whatever it lists."""
    listed = {"AWS": [f"arn:aws:iam::{ACCOUNT}:root", ADMINISTRATOR, MALLORY]}
    deny = {"Effect": "Deny", "NotPrincipal": listed, "Action": "kms:DescribeKey", "Resource": "*"}
    key = new_key(Policy=document(allow("kms:*", Principal={"AWS": listed["AWS"]}), deny))["Arn"]
    assert mallory.describe_key(KeyId=key)["KeyMetadata"]["Arn"] == key
    policy = iam.create_policy(PolicyName="all", PolicyDocument=document(allow("*")))["Policy"]["Arn"]
    iam.put_user_permissions_boundary(UserName="mallory", PermissionsBoundary=policy)
    assert refused(mallory.exceptions.ClientError, mallory.describe_key, KeyId=key) == "AccessDeniedException"
    iam.delete_user_permissions_boundary(UserName="mallory")
    assert mallory.describe_key(KeyId=key)["KeyMetadata"]["Arn"] == key


tour.run(another_principals_key, another_accounts_key, revoked_and_malformed, right_use, boundaries)
