"""What conditions of policies see of a request: for each rule a use that it lets through, and one that it stops."""

import json
import uuid
from datetime import datetime, timedelta, timezone

import boto3
import oaep
import tour
from botocore.config import Config
from kms_client import ACCOUNT, ENDPOINT, REGION, kms, new_key

ONCE = Config(retries={"total_max_attempts": 1})
ANOTHER_ACCOUNT = "444455556666"
iam = boto3.client("iam", endpoint_url=ENDPOINT, config=ONCE)
ALL = {"Effect": "Allow", "Action": ["kms:*", "iam:*", "sts:*"], "Resource": "*"}
SIGNING = {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}


class User:
    """A user of the account whose one policy can be put in place of the one before."""

    def __init__(self):
        self.name = f"user-{uuid.uuid4().hex[:8]}"
        self.arn = iam.create_user(UserName=self.name)["User"]["Arn"]
        made = iam.create_access_key(UserName=self.name)["AccessKey"]
        self.keys = {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]}
        self.kms = self.client("kms")

    def client(self, service, region=REGION):
        return boto3.client(service, region_name=region, endpoint_url=ENDPOINT, config=ONCE, **self.keys)

    def may(self, *statements):
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        iam.put_user_policy(UserName=self.name, PolicyName="p", PolicyDocument=document)

    def may_if(self, action, condition):
        self.may({**ALL, "Action": action, "Condition": condition})

    def may_all_unless(self, action, condition):
        self.may(ALL, {**ALL, "Effect": "Deny", "Action": action, "Condition": condition})


def denied(call, **arguments):
    """AWS's code: KMS spells it otherwise than IAM and STS."""
    client = call.__self__
    try:
        call(**arguments)
    except client.exceptions.ClientError as error:
        code = "AccessDeniedException" if client.meta.service_model.service_name == "kms" else "AccessDenied"
        assert error.response["Error"]["Code"] == code, error.response
        return
    raise AssertionError(f"{call.__name__} passed")


def import_until(user, key, moment):
    """What imports material that expires then. boto3 leaves the fraction out: it is added before the request is signed."""

    def add_fraction(params, **_):
        params["body"] = json.dumps({**json.loads(params["body"]), "ValidTo": moment.timestamp()}).encode()

    user.kms.meta.events.unregister("before-call.kms.ImportKeyMaterial", unique_id="fraction")
    user.kms.meta.events.register("before-call.kms.ImportKeyMaterial", add_fraction, unique_id="fraction")
    wrapping = {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}
    given = kms.get_parameters_for_import(KeyId=key, **wrapping)
    arguments = {"KeyId": key, "ImportToken": given["ImportToken"], "ValidTo": moment}
    blob = oaep.encrypt(given["PublicKey"], bytes(32))
    return {**arguments, "EncryptedKeyMaterial": blob, "ExpirationModel": "KEY_MATERIAL_EXPIRES"}


def dates():
    """A fraction of a second is part of a date of expiry, for operators on dates and on numbers."""
    user, key = User(), new_key(Origin="EXTERNAL")["KeyId"]
    limit = (datetime.now(timezone.utc) + timedelta(days=1)).replace(microsecond=250_000)
    earlier, later = limit - timedelta(microseconds=125_000), limit + timedelta(microseconds=250_000)
    for family, text in (("Date", limit.isoformat()), ("Numeric", str(limit.timestamp()))):
        user.may_all_unless("kms:ImportKeyMaterial", {f"{family}GreaterThan": {"kms:ValidTo": text}})
        denied(user.kms.import_key_material, **import_until(user, key, later))
        user.kms.import_key_material(**import_until(user, key, earlier))
        user.may_if("kms:ImportKeyMaterial", {f"{family}LessThanEquals": {"kms:ValidTo": text}})
        denied(user.kms.import_key_material, **import_until(user, key, later))
        user.kms.import_key_material(**import_until(user, key, limit))
    valid_to = kms.describe_key(KeyId=key)["KeyMetadata"]["ValidTo"]
    assert valid_to.astimezone(timezone.utc) == limit, (valid_to, limit)


#: An operator, what it compares with, a value that meets it, one that does not, and one that it cannot read.
VALUES = [
    ("NumericLessThan", "5", "4", "6", "1e1"),
    ("NumericNotEquals", "5", "4", "5", "five"),
    ("DateGreaterThan", "2026-01-31T00:00:00Z", "2026-02-01T00:00:00Z", "2026-01-01T00:00:00Z", "tomorrow"),
    ("IpAddress", "10.0.0.0/8", "10.1.2.3", "192.0.2.1", "ten"),
    ("NotIpAddress", "10.0.0.0/8", "192.0.2.1", "10.1.2.3", "ten"),
]


def values_that_cannot_be_read():
    """They satisfy every Deny and no Allow."""
    user, key = User(), new_key()["KeyId"]

    def request(value):
        return {"KeyId": key, "Plaintext": b"x", "EncryptionContext": {"level": value}}

    for operator, limit, met, unmet, unreadable in VALUES:
        condition = {operator: {"kms:EncryptionContext:level": limit}}
        user.may_if("kms:Encrypt", condition)
        user.kms.encrypt(**request(met))
        denied(user.kms.encrypt, **request(unmet))
        denied(user.kms.encrypt, **request(unreadable))
        user.may_all_unless("kms:Encrypt", condition)
        denied(user.kms.encrypt, **request(met))
        user.kms.encrypt(**request(unmet))
        denied(user.kms.encrypt, **request(unreadable))


def retire_grant():
    """It has the condition keys of the grant that it is about, by id and by token."""
    user, key = User(), new_key()["Arn"]

    def grant(**constraints):
        made = kms.create_grant(KeyId=key, GranteePrincipal=user.arn, Operations=["Encrypt"], Constraints=constraints)
        return {"KeyId": key, "GrantId": made["GrantId"]}, {"GrantToken": made["GrantToken"]}

    acme, other = {"tenant": "acme"}, {"project": "x"}
    for condition in (
        {"StringEquals": {"kms:EncryptionContext:tenant": "acme"}},
        {"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": "tenant"}},
        {"StringEquals": {"kms:GrantConstraintType": "EncryptionContextSubset"}},
    ):
        has, lacks = grant(EncryptionContextSubset=acme), grant(EncryptionContextEquals=other)
        user.may_all_unless("kms:RetireGrant", condition)
        for named in has:
            denied(user.kms.retire_grant, **named)
        user.kms.retire_grant(**lacks[0])
        lacks = grant(EncryptionContextEquals=other)
        user.may_if("kms:RetireGrant", condition)
        for named in lacks:
            denied(user.kms.retire_grant, **named)
        user.kms.retire_grant(**has[1])
        # What was denied is still there, and its administrator retires it.
        kms.retire_grant(**lacks[0])
    named = grant(EncryptionContextSubset=acme)[0]
    user.may_all_unless("kms:RetireGrant", {"StringEquals": {"kms:CallerAccount": ACCOUNT}})
    denied(user.kms.retire_grant, **named)
    user.may_all_unless("kms:RetireGrant", {"StringEquals": {"kms:CallerAccount": ANOTHER_ACCOUNT}})
    user.kms.retire_grant(**named)
    assert kms.list_grants(KeyId=key)["Grants"] == []


def condition_keys():
    """Operation by condition key: a Deny on what the request says stops it, and on something else does not."""
    user = User()
    key, signer = new_key(Tags=[{"TagKey": "team", "TagValue": "red"}])["KeyId"], new_key(**SIGNING)["KeyId"]
    kms.create_alias(AliasName="alias/conditions", TargetKeyId=key)
    context = {"EncryptionContext": {"tenant": "acme"}}
    blob = kms.encrypt(KeyId=key, Plaintext=b"x", **context)["CiphertextBlob"]
    of_key = {"kms:KeySpec": "SYMMETRIC_DEFAULT", "kms:KeyUsage": "ENCRYPT_DECRYPT", "kms:KeyOrigin": "AWS_KMS"}
    named = {**of_key, "kms:MultiRegion": "false", "kms:ResourceAliases": "alias/conditions", "aws:ResourceTag/team": "red"}
    used = {**named, "kms:CallerAccount": ACCOUNT, "kms:RequestAlias": "alias/conditions"}
    symmetric = {**used, "kms:EncryptionContext:tenant": "acme", "kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}
    by_alias, by_id = {"KeyId": "alias/conditions"}, {"KeyId": key}
    pair = {"kms:DataKeyPairSpec": "ECC_NIST_P256", "kms:EncryptionContextKeys": "tenant"}
    tagging = {"aws:RequestTag/env": "prod", "aws:TagKeys": "env", "kms:CallerAccount": ACCOUNT}
    grant = {"GranteePrincipal": user.arn, "RetiringPrincipal": user.arn, "Operations": ["Decrypt"]}
    granting = {"kms:GranteePrincipal": user.arn, "kms:RetiringPrincipal": user.arn, "kms:GrantOperations": "Decrypt"}
    sign = {"KeyId": signer, "Message": b"m", "SigningAlgorithm": "ECDSA_SHA_256"}
    signing = {"kms:MessageType": "RAW", "kms:SigningAlgorithm": "ECDSA_SHA_256", "kms:KeyUsage": "SIGN_VERIFY"}
    tags = {"Tags": [{"TagKey": "env", "TagValue": "prod"}]}
    for operation, arguments, supplied in (
        ("CreateKey", tags, {**tagging, **of_key, "kms:BypassPolicyLockoutSafetyCheck": "false"}),
        ("DescribeKey", by_alias, used),
        ("Encrypt", {**by_alias, "Plaintext": b"x", **context}, symmetric),
        ("Decrypt", {**by_alias, "CiphertextBlob": blob, **context}, symmetric),
        ("GenerateDataKeyPair", {**by_alias, "KeyPairSpec": "ECC_NIST_P256", **context}, {**symmetric, **pair}),
        ("CreateGrant", {**by_id, **grant}, {**named, **granting, "kms:GrantIsForAWSResource": "false"}),
        ("TagResource", {**by_id, **tags}, {**named, **tagging}),
        ("Sign", sign, signing),
        ("ScheduleKeyDeletion", {"KeyId": signer}, {"kms:ScheduleKeyDeletionPendingWindowInDays": "30"}),
    ):
        call = getattr(user.kms, "".join("_" + c.lower() if c.isupper() else c for c in operation)[1:])
        for name, value in supplied.items():
            user.may_all_unless(f"kms:{operation}", {"ForAnyValue:StringEquals": {name: value}})
            denied(call, **arguments)
        user.may_all_unless(f"kms:{operation}", {"ForAnyValue:StringEquals": {name: "other" for name in supplied}})
        call(**arguments)


def requested_region():
    """IAM, and STS at its global endpoint, are in us-east-1; KMS, and STS at a Region's endpoint, in that Region."""
    user = User()
    trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName="anywhere", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    assume = {"RoleArn": role, "RoleSessionName": "session"}
    in_virginia = [(user.client("iam", region).list_users, {}) for region in (REGION, "us-west-2", "us-east-1")]
    in_virginia.append((user.client("sts", "us-east-1").assume_role, assume))
    in_region = [(user.client("sts").assume_role, assume), (user.kms.list_keys, {})]
    for region, within, without in (("us-east-1", in_virginia, in_region), (REGION, in_region, in_virginia)):
        condition = {"StringEquals": {"aws:RequestedRegion": region}}
        user.may_if(ALL["Action"], condition)
        for call, arguments in within:
            call(**arguments)
        for call, arguments in without:
            denied(call, **arguments)
        user.may_all_unless(ALL["Action"], condition)
        for call, arguments in within:
            denied(call, **arguments)
        for call, arguments in without:
            call(**arguments)


def defaults():
    """What a request leaves to its default is absent to Null alone; every other operator sees the default."""
    user = User()
    key, signer, imported = new_key()["KeyId"], new_key(**SIGNING)["KeyId"], new_key(Origin="EXTERNAL")["KeyId"]
    document = json.dumps({"Version": "2012-10-17", "Statement": [{**ALL, "Principal": {"AWS": ACCOUNT}}]})
    until = import_until(user, imported, datetime.now(timezone.utc) + timedelta(days=1))
    expires = {"ExpirationModel": until.pop("ExpirationModel")}
    sign = {"KeyId": signer, "Message": b"m", "SigningAlgorithm": "ECDSA_SHA_256"}
    put = {"KeyId": key, "PolicyName": "default", "Policy": document}
    # The API requires the safety check where callers cannot bypass it; this is the only other way to set the member.
    bypass = {"BypassPolicyLockoutSafetyCheck": True}
    for call, arguments, said, name, default in (
        (user.kms.put_key_policy, put, bypass, "BypassPolicyLockoutSafetyCheck", "false"),
        (user.kms.import_key_material, until, expires, "ExpirationModel", "KEY_MATERIAL_EXPIRES"),
        (user.kms.create_key, {}, {"KeySpec": "SYMMETRIC_DEFAULT"}, "KeySpec", "SYMMETRIC_DEFAULT"),
        (user.kms.create_key, {}, {"KeyUsage": "ENCRYPT_DECRYPT"}, "KeyUsage", "ENCRYPT_DECRYPT"),
        (user.kms.create_key, {}, {"Origin": "AWS_KMS"}, "KeyOrigin", "AWS_KMS"),
        (user.kms.create_key, {}, {"MultiRegion": False}, "MultiRegion", "false"),
        (user.kms.sign, sign, {"MessageType": "RAW"}, "MessageType", "RAW"),
    ):
        action, name = f"kms:{call.__name__.title().replace('_', '')}", f"kms:{name}"
        for condition in ({"Null": {name: "true"}}, {"StringEquals": {name: default}}):
            user.may_if(action, condition)
            call(**arguments)
            user.may_all_unless(action, condition)
            denied(call, **arguments)
        user.may_if(action, {"Null": {name: "false"}})
        call(**arguments, **said)
        denied(call, **arguments)
        user.may_if(action, {"Null": {name: "true"}})
        denied(call, **arguments, **said)


tour.run(dates, values_that_cannot_be_read, retire_grant, condition_keys, requested_region, defaults)
