"""Uses a running server through boto3 as its users do; fails at the first answer that is not AWS's."""

import hashlib
import os

import tour
from botocore.exceptions import ClientError

from kms_client import ACCOUNT, REGION, connect, kms, new_key, refused

CONTEXT = {"tenant": "acme", "ünïcode": "✓"}


def keys_and_aliases():
    key, other = new_key(Description="From boto3", Tags=[{"TagKey": "a", "TagValue": "1"}]), new_key()
    assert key["Arn"] == f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{key['KeyId']}"
    assert key["CreationDate"].tzinfo is not None
    described = kms.describe_key(KeyId=key["Arn"])["KeyMetadata"]
    assert described == key, described
    kms.update_key_description(KeyId=key["KeyId"], Description="")
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["Description"] == ""

    kms.create_alias(AliasName="alias/boto", TargetKeyId=key["KeyId"])
    alias_arn = f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/boto"
    refused(
        kms.exceptions.AlreadyExistsException,
        kms.create_alias,
        f"An alias with the name {alias_arn} already exists",
        AliasName="alias/boto",
        TargetKeyId=other["KeyId"],
    )
    for call, more in (
        (kms.create_alias, {"TargetKeyId": key["KeyId"]}),
        (kms.update_alias, {"TargetKeyId": key["KeyId"]}),
        (kms.delete_alias, {}),
    ):
        message = "alias/my:alias contains invalid characters for an alias"
        assert refused(ClientError, call, message, AliasName="alias/my:alias", **more) == "ValidationException"
    kms.update_alias(AliasName="alias/boto", TargetKeyId=other["KeyId"])
    assert kms.describe_key(KeyId=alias_arn)["KeyMetadata"]["KeyId"] == other["KeyId"]
    kms.delete_alias(AliasName="alias/boto")
    refused(
        kms.exceptions.NotFoundException,
        kms.describe_key,
        f"Alias {alias_arn} is not found.",
        KeyId="alias/boto",
    )


def pages():
    made = {new_key()["KeyId"] for _ in range(3)}
    for number, key in enumerate(made):
        kms.create_alias(AliasName=f"alias/page-{number}", TargetKeyId=key)
    options = {"PaginationConfig": {"PageSize": 2}}
    listed = [key["KeyId"] for page in kms.get_paginator("list_keys").paginate(**options) for key in page["Keys"]]
    assert made <= set(listed) and len(listed) == len(set(listed)), listed
    pages_of_aliases = list(kms.get_paginator("list_aliases").paginate(**options))
    assert len(pages_of_aliases) >= 2
    names = [alias["AliasName"] for page in pages_of_aliases for alias in page["Aliases"]]
    assert {f"alias/page-{number}" for number in range(3)} <= set(names), names
    assert len(names) == len(set(names)), names

    key = made.pop()
    tags = [{"TagKey": f"k{number}", "TagValue": str(number)} for number in range(5)]
    kms.tag_resource(KeyId=key, Tags=tags)
    kms.untag_resource(KeyId=key, TagKeys=["k4", "never-there"])
    pages_of_tags = kms.get_paginator("list_resource_tags").paginate(KeyId=key, **options)
    found = [tag for page in pages_of_tags for tag in page["Tags"]]
    assert sorted(found, key=lambda tag: tag["TagKey"]) == tags[:4], found
    pages_of_policies = kms.get_paginator("list_key_policies").paginate(KeyId=key)
    assert [name for page in pages_of_policies for name in page["PolicyNames"]] == ["default"]
    policy = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy)
    refused(kms.exceptions.InvalidMarkerException, kms.list_keys, Marker="made-up")


def cryptography():
    key, other = new_key(), new_key()
    sealed = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"ducats", EncryptionContext=CONTEXT)
    assert sealed["KeyId"] == key["Arn"]
    blob = sealed["CiphertextBlob"]
    opened = kms.decrypt(CiphertextBlob=blob, EncryptionContext=CONTEXT)
    assert (opened["Plaintext"], opened["KeyId"]) == (b"ducats", key["Arn"])
    wrong = {**CONTEXT, "tenant": "evil"}
    for bad in ({"EncryptionContext": wrong}, {}, {"EncryptionContext": {**CONTEXT, "more": ""}}):
        refused(kms.exceptions.InvalidCiphertextException, kms.decrypt, CiphertextBlob=blob, **bad)
    refused(
        kms.exceptions.IncorrectKeyException,
        kms.decrypt,
        CiphertextBlob=blob,
        EncryptionContext=CONTEXT,
        KeyId=other["KeyId"],
    )
    mac_key = new_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyId"]
    message = "The key ID in the request does not identify a CMK that can perform this operation."
    refused(kms.exceptions.IncorrectKeyException, kms.decrypt, message, CiphertextBlob=blob, KeyId=mac_key)
    moving = {"CiphertextBlob": blob, "SourceKeyId": mac_key, "DestinationKeyId": other["KeyId"]}
    refused(kms.exceptions.IncorrectKeyException, kms.re_encrypt, message, **moving)
    moved = kms.re_encrypt(CiphertextBlob=blob, SourceEncryptionContext=CONTEXT, DestinationKeyId=other["KeyId"])
    assert (moved["SourceKeyId"], moved["KeyId"]) == (key["Arn"], other["Arn"])
    assert kms.decrypt(CiphertextBlob=moved["CiphertextBlob"])["Plaintext"] == b"ducats"

    data_key = kms.generate_data_key(KeyId=key["KeyId"], KeySpec="AES_256", EncryptionContext=CONTEXT)
    opened = kms.decrypt(CiphertextBlob=data_key["CiphertextBlob"], EncryptionContext=CONTEXT)
    assert opened["Plaintext"] == data_key["Plaintext"] and len(opened["Plaintext"]) == 32
    hidden = kms.generate_data_key_without_plaintext(KeyId=key["KeyId"], NumberOfBytes=7)
    assert "Plaintext" not in hidden
    assert len(kms.decrypt(CiphertextBlob=hidden["CiphertextBlob"])["Plaintext"]) == 7
    assert len(kms.generate_random(NumberOfBytes=1024)["Plaintext"]) == 1024


def key_types():
    text, digest = b"a contract", hashlib.sha256(b"a contract").digest()
    key = new_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    assert key["SigningAlgorithms"] == ["ECDSA_SHA_256"] and "EncryptionAlgorithms" not in key, key
    signing = {"KeyId": key["KeyId"], "SigningAlgorithm": "ECDSA_SHA_256"}
    signature = kms.sign(Message=digest, MessageType="DIGEST", **signing)["Signature"]
    assert kms.verify(Message=text, Signature=signature, **signing)["SignatureValid"] is True
    bad = {"Message": b"another", "Signature": signature, **signing}
    refused(kms.exceptions.KMSInvalidSignatureException, kms.verify, **bad)
    public = kms.get_public_key(KeyId=key["Arn"])
    assert public["KeyUsage"] == "SIGN_VERIFY" and public["SigningAlgorithms"] == ["ECDSA_SHA_256"], public

    mac_key = new_key(KeySpec="HMAC_384", KeyUsage="GENERATE_VERIFY_MAC")["KeyId"]
    authenticated = {"KeyId": mac_key, "Message": text, "MacAlgorithm": "HMAC_SHA_384"}
    mac = kms.generate_mac(**authenticated)["Mac"]
    assert len(mac) == 48 and kms.verify_mac(Mac=mac, **authenticated)["MacValid"] is True
    refused(kms.exceptions.KMSInvalidMacException, kms.verify_mac, Mac=mac[1:], **authenticated)

    rsa = {
        "KeyId": new_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["KeyId"],
        "EncryptionAlgorithm": "RSAES_OAEP_SHA_256",
    }
    blob = kms.encrypt(Plaintext=text, **rsa)["CiphertextBlob"]
    assert len(blob) == 256 and kms.decrypt(CiphertextBlob=blob, **rsa)["Plaintext"] == text
    refused(
        ClientError,
        kms.encrypt,
        "Algorithm RSAES_OAEP_SHA_256 and key spec RSA_2048 cannot encrypt data larger than 190 bytes.",
        Plaintext=b"x" * 191,
        **rsa,
    )

    pair = kms.generate_data_key_pair(KeyId=new_key()["KeyId"], KeyPairSpec="ECC_NIST_P384")
    opened = kms.decrypt(CiphertextBlob=pair["PrivateKeyCiphertextBlob"])
    assert opened["Plaintext"] == pair["PrivateKeyPlaintext"]


def states():
    key = new_key()
    arn, names = key["Arn"], {"KeyId": key["KeyId"]}
    kms.disable_key(**names)
    refused(kms.exceptions.DisabledException, kms.encrypt, f"{arn} is disabled.", Plaintext=b"x", **names)
    kms.enable_key(**names)
    scheduled = kms.schedule_key_deletion(PendingWindowInDays=7, **names)
    assert scheduled["KeyState"] == "PendingDeletion"
    pending = f"{arn} is pending deletion."
    refused(kms.exceptions.KMSInvalidStateException, kms.encrypt, pending, Plaintext=b"x", **names)
    refused(kms.exceptions.KMSInvalidStateException, kms.schedule_key_deletion, pending, **names)
    assert kms.cancel_key_deletion(**names)["KeyId"] == arn
    assert kms.describe_key(**names)["KeyMetadata"]["KeyState"] == "Disabled"


@tour.needs("kms.GetKeyLastUsage", "kms.RotateKeyOnDemand", "kms.EnableKeyRotation.RotationPeriodInDays")
def material_and_rotation():
    key = new_key()
    names = {"KeyId": key["KeyId"]}
    assert kms.get_key_rotation_status(**names)["KeyRotationEnabled"] is False
    assert kms.get_key_last_usage(**names)["KeyLastUsage"] == {}
    kms.enable_key_rotation(RotationPeriodInDays=180, **names)
    status = kms.get_key_rotation_status(**names)
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, 180), status
    assert (status["NextRotationDate"] - key["CreationDate"]).days in (179, 180), status
    old = kms.encrypt(Plaintext=b"old", **names)["CiphertextBlob"]
    assert kms.rotate_key_on_demand(**names)["KeyId"] == status["KeyId"] == key["Arn"], status
    new = kms.generate_data_key(KeySpec="AES_256", **names)
    opened = kms.decrypt(CiphertextBlob=old)
    assert opened["Plaintext"] == b"old" and opened["KeyMaterialId"] != new["KeyMaterialId"]
    usage = kms.get_key_last_usage(**names)
    assert usage["KeyLastUsage"]["Operation"] == "Decrypt", usage
    assert usage["KeyLastUsage"]["KmsRequestId"] == opened["ResponseMetadata"]["RequestId"], usage
    listed = [rotation for page in kms.get_paginator("list_key_rotations").paginate(
        IncludeKeyMaterial="ALL_KEY_MATERIAL", PaginationConfig={"PageSize": 1}, **names) for rotation in page["Rotations"]]
    assert [entry["KeyMaterialState"] for entry in listed] == ["NON_CURRENT", "CURRENT"], listed
    assert [entry["RotationType"] for entry in kms.list_key_rotations(**names)["Rotations"]] == ["ON_DEMAND"]
    kms.schedule_key_deletion(**names)
    waiting = kms.get_key_rotation_status(**names)
    assert waiting["KeyRotationEnabled"] is False and "NextRotationDate" not in waiting, waiting
    kms.cancel_key_deletion(**names)
    assert kms.get_key_rotation_status(**names)["NextRotationDate"] == status["NextRotationDate"]
    kms.enable_key(**names)
    kms.disable_key_rotation(**names)

    external = new_key(Origin="EXTERNAL")
    assert external["KeyState"] == "PendingImport" and "CurrentKeyMaterialId" not in external, external
    wrapping = {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}
    given = kms.get_parameters_for_import(KeyId=external["KeyId"], **wrapping)
    assert given["KeyId"] == external["Arn"] and len(given["ImportToken"]) <= 6144
    refused(kms.exceptions.InvalidImportTokenException, kms.import_key_material, KeyId=external["KeyId"],
            ImportToken=b"made up", EncryptedKeyMaterial=b"x", ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE")
    refused(kms.exceptions.InvalidCiphertextException, kms.import_key_material, KeyId=external["KeyId"],
            ImportToken=given["ImportToken"], EncryptedKeyMaterial=bytes(255) + b"1",
            ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE")
    message = f"{key['Arn']} origin is AWS_KMS which is not valid for this operation."
    refused(kms.exceptions.UnsupportedOperationException, kms.get_parameters_for_import, message, **names, **wrapping)
    message = f"{external['Arn']} origin is EXTERNAL which is not valid for this operation."
    refused(kms.exceptions.UnsupportedOperationException, kms.enable_key_rotation, message, KeyId=external["KeyId"])


def wrong_uses():
    key = new_key()["KeyId"]
    code = refused(
        ClientError,
        kms.schedule_key_deletion,
        KeyId=key,
        PendingWindowInDays=400,
    )
    assert code == "ValidationException", code
    missing = "00000000-0000-4000-8000-000000000000"
    message = f"Key 'arn:aws:kms:{REGION}:{ACCOUNT}:key/{missing}' does not exist"
    refused(kms.exceptions.NotFoundException, kms.describe_key, message, KeyId=missing)
    impostor = connect(aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"], aws_secret_access_key="x" * 40)
    assert refused(ClientError, impostor.list_keys) == "InvalidSignatureException"
    code = refused(kms.exceptions.UnsupportedOperationException, kms.create_custom_key_store, CustomKeyStoreName="x")
    assert code == "UnsupportedOperationException", code


tour.run(keys_and_aliases, pages, cryptography, key_types, states, material_and_rotation, wrong_uses)
