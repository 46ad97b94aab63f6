"""A key whose deletion is scheduled: scheduled_key.py schedule | state KEY. Prints the key's id, or its state."""

import sys

import boto3

kms = boto3.client("kms")

if sys.argv[1] == "schedule":
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    print(key)
else:
    try:
        print(kms.describe_key(KeyId=sys.argv[2])["KeyMetadata"]["KeyState"])
    except kms.exceptions.NotFoundException:
        print("NotFoundException")
