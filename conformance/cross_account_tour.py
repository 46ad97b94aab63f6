"""Two accounts of one server: a partner that the key policy allows everything may use the key, but not manage it."""

import json
import os
import uuid

import boto3
import tour
from kms_client import ACCOUNT, ENDPOINT, connect, kms, new_key, refused

PARTNER = os.environ["KEYHOLD_PARTNER"]
partner = connect(
    aws_access_key_id=os.environ["PARTNER_ACCESS_KEY_ID"],
    aws_secret_access_key=os.environ["PARTNER_SECRET_ACCESS_KEY"],
)
HIDDEN = (
    "User: arn:aws:iam::%s:user/administrator is not authorized to perform: kms:%s on this resource because the resource "
    "does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly "
    "denies access"
)


def policy_for(*accounts):
    principal = {"AWS": [f"arn:aws:iam::{account}:root" for account in accounts]}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "kms:*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def shared_key(**arguments):
    return new_key(Policy=policy_for(ACCOUNT, PARTNER), **arguments)["Arn"]


def confined(operation, **arguments):
    """The partner is denied, in the words that say nothing of the key."""
    call = getattr(partner, "".join("_" + c.lower() if c.isupper() else c for c in operation)[1:])
    try:
        call(**arguments)
    except partner.exceptions.ClientError as error:
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400, error.response
        assert error.response["Error"]["Code"] == "AccessDeniedException", (operation, error.response)
        assert error.response["Error"]["Message"] == HIDDEN % (PARTNER, operation), (operation, error.response)
        return
    raise AssertionError(f"another account did {operation}")


def use():
    key = shared_key()
    blob = partner.encrypt(KeyId=key, Plaintext=b"shared")["CiphertextBlob"]
    assert partner.decrypt(CiphertextBlob=blob)["Plaintext"] == b"shared"
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"shared"
    assert partner.describe_key(KeyId=key)["KeyMetadata"]["AWSAccountId"] == ACCOUNT
    assert partner.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False
    grantee = f"arn:aws:iam::{PARTNER}:user/administrator"
    granted = partner.create_grant(KeyId=key, GranteePrincipal=grantee, Operations=["Decrypt"])["GrantId"]
    assert partner.list_grants(KeyId=key)["Grants"][0]["GrantId"] == granted
    partner.revoke_grant(KeyId=key, GrantId=granted)


def management():
    key = shared_key()
    tags = [{"TagKey": "a", "TagValue": "b"}]
    confined("PutKeyPolicy", KeyId=key, PolicyName="default", Policy=policy_for(PARTNER))
    confined("GetKeyPolicy", KeyId=key, PolicyName="default")
    confined("ListKeyPolicies", KeyId=key)
    confined("ScheduleKeyDeletion", KeyId=key, PendingWindowInDays=7)
    confined("CancelKeyDeletion", KeyId=key)
    confined("DisableKey", KeyId=key)
    confined("EnableKey", KeyId=key)
    confined("TagResource", KeyId=key, Tags=tags)
    confined("UntagResource", KeyId=key, TagKeys=["a"])
    confined("ListResourceTags", KeyId=key)
    confined("UpdateKeyDescription", KeyId=key, Description="mine")
    confined("EnableKeyRotation", KeyId=key)
    confined("DisableKeyRotation", KeyId=key)
    confined("ListAliases", KeyId=key)


@tour.needs("kms.RotateKeyOnDemand")
def materials():
    key = shared_key()
    confined("RotateKeyOnDemand", KeyId=key)
    confined("ListKeyRotations", KeyId=key)


def regions_and_imports():
    replicated = shared_key(MultiRegion=True)
    confined("ReplicateKey", KeyId=replicated, ReplicaRegion="us-west-2")
    confined("UpdatePrimaryRegion", KeyId=replicated, PrimaryRegion="us-west-2")
    imported = shared_key(Origin="EXTERNAL")
    wrapping = {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}
    confined("GetParametersForImport", KeyId=imported, **wrapping)
    token = kms.get_parameters_for_import(KeyId=imported, **wrapping)["ImportToken"]
    forever = {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
    confined("ImportKeyMaterial", KeyId=imported, ImportToken=token, EncryptedKeyMaterial=b"x" * 256, **forever)
    confined("DeleteImportedKeyMaterial", KeyId=imported)


def aliases():
    key, own = shared_key(), partner.create_key()["KeyMetadata"]["KeyId"]
    confined("CreateAlias", AliasName="alias/planted", TargetKeyId=key)
    kms.create_alias(AliasName="alias/shared", TargetKeyId=key)
    partner.create_alias(AliasName="alias/shared", TargetKeyId=own)
    confined("UpdateAlias", AliasName="alias/shared", TargetKeyId=key)
    partner.delete_alias(AliasName="alias/shared")
    refused(partner.exceptions.NotFoundException, partner.delete_alias, AliasName="alias/shared")
    assert [alias["AliasName"] for alias in kms.list_aliases(KeyId=key)["Aliases"]] == ["alias/shared"]
    # An alias of the owner's is a name that other accounts can use the key by.
    alias_arn = key[: key.index(":key/")] + ":alias/shared"
    assert partner.describe_key(KeyId=alias_arn)["KeyMetadata"]["Arn"] == key


def owner():
    """Nothing of all that has changed a key."""
    key = shared_key()
    confined("ScheduleKeyDeletion", KeyId=key, PendingWindowInDays=7)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"
    assert json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]) == json.loads(policy_for(ACCOUNT, PARTNER))
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)


def user_without_policies(account_keys):
    """A user of one of the accounts who may do nothing, and KMS as that user."""
    iam = boto3.client("iam", endpoint_url=ENDPOINT, **account_keys)
    name = f"unprivileged-{uuid.uuid4().hex[:8]}"
    arn = iam.create_user(UserName=name)["User"]["Arn"]
    made = iam.create_access_key(UserName=name)["AccessKey"]
    keys = {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]}
    return arn, name, iam, connect(**keys)


def grants():
    """A grant is enough for a user of another account, who also retires it."""
    partners = {
        "aws_access_key_id": os.environ["PARTNER_ACCESS_KEY_ID"],
        "aws_secret_access_key": os.environ["PARTNER_SECRET_ACCESS_KEY"],
    }
    arn, name, iam, unprivileged = user_without_policies(partners)
    key = new_key()["Arn"]
    refused(unprivileged.exceptions.ClientError, unprivileged.encrypt, KeyId=key, Plaintext=b"x")
    made = kms.create_grant(KeyId=key, GranteePrincipal=arn, RetiringPrincipal=arn, Operations=["Encrypt"])
    unprivileged.encrypt(KeyId=key, Plaintext=b"x")
    iam.update_user(UserName=name, NewPath="/renamed/")
    unprivileged.encrypt(KeyId=key, Plaintext=b"x")
    unprivileged.retire_grant(KeyId=key, GrantId=made["GrantId"])
    refused(unprivileged.exceptions.ClientError, unprivileged.encrypt, KeyId=key, Plaintext=b"x")


def tags_at_creation():
    """AWS's own policy lets a user make keys with tags; a Deny on keys keeps them from it."""
    arn, name, iam, creator = user_without_policies({})
    create = {"Effect": "Allow", "Action": "kms:CreateKey", "Resource": "*"}
    tag = {"Effect": "Allow", "Action": "kms:TagResource", "Resource": f"arn:aws:kms:*:{ACCOUNT}:key/*"}
    tags = [{"TagKey": "team", "TagValue": "blue"}]

    def put(*statements):
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document)

    put(create, tag)
    creator.create_key(Tags=tags)
    put({**create, "Action": "kms:*"}, {**tag, "Effect": "Deny"})
    creator.create_key()
    refused(creator.exceptions.ClientError, creator.create_key, Tags=tags)


tour.run(use, management, materials, regions_and_imports, aliases, owner, grants, tags_at_creation)
