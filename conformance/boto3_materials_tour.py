"""Uses what a KMS key can be beside one secret in one Region through boto3: several Regions, imported material, pairs."""

import datetime
import os
import time

import oaep
import tour
from botocore.exceptions import ClientError
from kms_client import ACCOUNT, REGION, connect, kms, new_key, refused

THERE = "us-west-2"
there = connect(region_name=THERE)
#: A replica is ready within a second or two; what takes longer has failed.
READY_WITHIN_SECONDS = 20
WOULD_SUCCEED = "The request would have succeeded, but the DryRun option is set."


def until_enabled(client, key):
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while (state := client.describe_key(KeyId=key)["KeyMetadata"]["KeyState"]) != "Enabled":
        assert time.monotonic() < deadline, state
        time.sleep(0.1)


@tour.needs("kms.RotateKeyOnDemand")
def multi_region():
    key = new_key(MultiRegion=True)
    names = {"KeyId": key["KeyId"]}
    assert key["KeyId"].startswith("mrk-") and key["MultiRegionConfiguration"]["ReplicaKeys"] == [], key
    before = kms.encrypt(Plaintext=b"before", **names)["CiphertextBlob"]
    replica = kms.replicate_key(ReplicaRegion=THERE, Tags=[{"TagKey": "a", "TagValue": "b"}], **names)
    assert replica["ReplicaKeyMetadata"]["KeyState"] == "Creating", replica
    assert replica["ReplicaTags"] == [{"TagKey": "a", "TagValue": "b"}], replica
    assert "CurrentKeyMaterialId" not in replica["ReplicaKeyMetadata"], replica
    not_primary = f"{key['Arn'].replace(REGION, THERE)} is not a multi-region primary key."
    unsupported = there.exceptions.UnsupportedOperationException
    refused(unsupported, there.replicate_key, not_primary, ReplicaRegion="eu-west-1", **names)
    untagged = kms.replicate_key(ReplicaRegion="eu-west-3", **names)
    assert "ReplicaTags" not in untagged, untagged
    until_enabled(there, key["KeyId"])
    opened = there.decrypt(CiphertextBlob=before)
    assert (opened["Plaintext"], opened["KeyId"]) == (b"before", key["Arn"].replace(REGION, THERE)), opened
    kms.rotate_key_on_demand(**names)
    after = there.encrypt(Plaintext=b"after", **names)["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=after, **names)["Plaintext"] == b"after"
    refused(kms.exceptions.AlreadyExistsException, kms.replicate_key, ReplicaRegion=THERE, **names)
    refused(unsupported, there.rotate_key_on_demand, not_primary, **names)

    kms.update_primary_region(PrimaryRegion=THERE, **names)
    until_enabled(kms, key["KeyId"])
    until_enabled(there, key["KeyId"])
    configuration = kms.describe_key(**names)["KeyMetadata"]["MultiRegionConfiguration"]
    assert configuration["MultiRegionKeyType"] == "REPLICA", configuration
    assert configuration["PrimaryKey"]["Region"] == THERE, configuration
    waiting = there.schedule_key_deletion(PendingWindowInDays=7, **names)
    assert waiting["KeyState"] == "PendingReplicaDeletion" and "DeletionDate" not in waiting, waiting


def wrapped(key, material):
    wrapping = {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_3072"}
    given = kms.get_parameters_for_import(KeyId=key, **wrapping)
    blob = oaep.encrypt(given["PublicKey"], material)
    return {"KeyId": key, "ImportToken": given["ImportToken"], "EncryptedKeyMaterial": blob}


@tour.needs("kms.RotateKeyOnDemand", "kms.ImportKeyMaterial.ImportType")
def imports():
    key, material = new_key(Origin="EXTERNAL")["KeyId"], os.urandom(32)
    valid_to = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
    first = kms.import_key_material(ValidTo=valid_to, ExpirationModel="KEY_MATERIAL_EXPIRES", **wrapped(key, material))
    described = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert described["KeyState"] == "Enabled" and described["ExpirationModel"] == "KEY_MATERIAL_EXPIRES", described
    assert abs(described["ValidTo"] - valid_to) < datetime.timedelta(seconds=1), described
    assert described["CurrentKeyMaterialId"] == first["KeyMaterialId"], described
    blob = kms.encrypt(KeyId=key, Plaintext=b"first")["CiphertextBlob"]

    deleted = kms.delete_imported_key_material(KeyId=key)
    assert deleted["KeyMaterialId"] == first["KeyMaterialId"], deleted
    refused(kms.exceptions.KMSInvalidStateException, kms.decrypt, CiphertextBlob=blob)
    for_ever = {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
    other = wrapped(key, os.urandom(32))
    refused(kms.exceptions.IncorrectKeyMaterialException, kms.import_key_material, **other, **for_ever)
    again = kms.import_key_material(**wrapped(key, material), **for_ever)
    assert again["KeyMaterialId"] == first["KeyMaterialId"], again

    new = {"ImportType": "NEW_KEY_MATERIAL", "KeyMaterialDescription": "the second", **for_ever}
    second = kms.import_key_material(**wrapped(key, os.urandom(32)), **new)
    every = {"KeyId": key, "IncludeKeyMaterial": "ALL_KEY_MATERIAL"}
    states = [entry["KeyMaterialState"] for entry in kms.list_key_rotations(**every)["Rotations"]]
    assert states == ["CURRENT", "PENDING_ROTATION"], states
    try:
        kms.import_key_material(**wrapped(key, os.urandom(32)), **new)
        raise AssertionError("a third material was imported while the second is pending")
    except kms.exceptions.KMSInvalidStateException as error:
        assert f"cannot be imported into KMS key {described['Arn']}, because another" in str(error), error
    kms.rotate_key_on_demand(KeyId=key)
    assert kms.generate_data_key(KeyId=key, KeySpec="AES_256")["KeyMaterialId"] == second["KeyMaterialId"]
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"first"


@tour.needs("kms.DeriveSharedSecret")
def agreement_and_pairs():
    ours, theirs = (new_key(KeySpec="ECC_NIST_P384", KeyUsage="KEY_AGREEMENT")["KeyId"] for _ in range(2))

    def secret(key, peer):
        public = kms.get_public_key(KeyId=peer)["PublicKey"]
        answer = kms.derive_shared_secret(KeyId=key, KeyAgreementAlgorithm="ECDH", PublicKey=public)
        assert (answer["KeyAgreementAlgorithm"], answer["KeyOrigin"]) == ("ECDH", "AWS_KMS"), answer
        return answer["SharedSecret"]

    assert secret(ours, theirs) == secret(theirs, ours) and len(secret(ours, theirs)) == 48
    sealing = new_key()["KeyId"]
    hidden = kms.generate_data_key_pair_without_plaintext(KeyId=sealing, KeyPairSpec="RSA_2048")
    assert "PrivateKeyPlaintext" not in hidden and hidden["KeyPairSpec"] == "RSA_2048", hidden
    private = kms.decrypt(CiphertextBlob=hidden["PrivateKeyCiphertextBlob"])["Plaintext"]
    modulus, _ = oaep.public_key(hidden["PublicKey"])
    assert modulus.to_bytes(256, "big") in private

    for spec, algorithm in (("ECC_NIST_EDWARDS25519", "ED25519_SHA_512"), ("ML_DSA_65", "ML_DSA_SHAKE_256")):
        signing = {"KeyId": new_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyId"], "SigningAlgorithm": algorithm}
        signature = kms.sign(Message=b"a contract", MessageType="RAW", **signing)["Signature"]
        assert kms.verify(Message=b"a contract", Signature=signature, **signing)["SignatureValid"] is True


def grants():
    key = new_key()
    wanted = {"KeyId": key["KeyId"], "GranteePrincipal": ACCOUNT, "RetiringPrincipal": ACCOUNT, "Name": "by-name"}
    made = kms.create_grant(Operations=["Encrypt", "DescribeKey"], **wanted)
    again = kms.create_grant(Operations=["Encrypt", "DescribeKey"], **wanted)
    assert made["GrantId"] == again["GrantId"] and made["GrantToken"] != again["GrantToken"]
    kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x", GrantTokens=[made["GrantToken"]])
    revoked = kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=ACCOUNT, Operations=["Decrypt"])["GrantId"]
    sizes = {"PaginationConfig": {"PageSize": 1}}
    pages = kms.get_paginator("list_grants").paginate(KeyId=key["KeyId"], **sizes)
    listed = {grant["GrantId"]: grant for page in pages for grant in page["Grants"]}
    assert set(listed) == {made["GrantId"], revoked}, listed
    assert (listed[revoked]["Name"], listed[revoked]["KeyId"]) == ("", key["Arn"]), listed
    retirable = kms.list_retirable_grants(RetiringPrincipal=f"arn:aws:iam::{ACCOUNT}:root")["Grants"]
    assert [grant["GrantId"] for grant in retirable] == [made["GrantId"]], retirable
    kms.revoke_grant(KeyId=key["KeyId"], GrantId=revoked)
    kms.retire_grant(KeyId=key["KeyId"], GrantId=made["GrantId"])
    third = kms.create_grant(Operations=["Encrypt"], **wanted)
    kms.retire_grant(GrantToken=third["GrantToken"])
    alone = "Grants must not contain only the CreateGrant operation."
    both = {"EncryptionContextEquals": {"a": "b"}, "EncryptionContextSubset": {"a": "b"}}
    assert refused(ClientError, kms.create_grant, alone, Operations=["CreateGrant"], **wanted) == "ValidationException"
    two = {"Operations": ["Encrypt"], "Constraints": both}
    assert refused(ClientError, kms.create_grant, "More than one constraint supplied", **two, **wanted) == "ValidationException"
    assert kms.list_grants(KeyId=key["KeyId"])["Grants"] == []


@tour.needs("kms.Encrypt.DryRun")
def dry_runs():
    key = new_key()["KeyId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    grant = kms.create_grant(KeyId=key, GranteePrincipal=ACCOUNT, Operations=["Decrypt"])["GrantId"]
    signer = new_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyId"]
    for call, arguments in (
        (kms.encrypt, {"KeyId": key, "Plaintext": b"x"}),
        (kms.decrypt, {"CiphertextBlob": blob}),
        (kms.re_encrypt, {"CiphertextBlob": blob, "DestinationKeyId": key}),
        (kms.generate_data_key, {"KeyId": key, "KeySpec": "AES_256"}),
        (kms.generate_data_key_pair, {"KeyId": key, "KeyPairSpec": "ECC_NIST_P256"}),
        (kms.sign, {"KeyId": signer, "Message": b"x", "SigningAlgorithm": "ECDSA_SHA_256"}),
        (kms.create_grant, {"KeyId": key, "GranteePrincipal": ACCOUNT, "Operations": ["Encrypt"]}),
        (kms.revoke_grant, {"KeyId": key, "GrantId": grant}),
    ):
        refused(kms.exceptions.DryRunOperationException, call, WOULD_SUCCEED, DryRun=True, **arguments)
    assert [each["GrantId"] for each in kms.list_grants(KeyId=key)["Grants"]] == [grant]


tour.run(multi_region, imports, agreement_and_pairs, grants, dry_runs)
