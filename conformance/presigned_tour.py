"""What programs do with requests that others signed. Prints a line for each part that passed."""

import os
import subprocess
import time
import urllib.error
import urllib.request

import boto3
import tour
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config

ENDPOINT = os.environ["KEYHOLD_ENDPOINT"]
ACCOUNT = os.environ["KEYHOLD_ACCOUNT"]
CONFIG = Config(retries={"total_max_attempts": 1})
WHO = f"<Account>{ACCOUNT}</Account>"


def client(service, **session):
    return boto3.client(service, endpoint_url=ENDPOINT, config=CONFIG, **session)


def curl(*args):
    """The status and the text of the answer."""
    text = subprocess.run(["curl", "-sS", "-w", "\n%{http_code}", *args], capture_output=True, text=True, check=True)
    answer, status = text.stdout.rsplit("\n", 1)
    return int(status), answer


def presigned():
    url = client("sts").generate_presigned_url("get_caller_identity", HttpMethod="GET")
    status, answer = curl(url)
    assert status == 200 and WHO in answer, answer
    posted = client("sts").generate_presigned_url("get_caller_identity")
    status, answer = curl("-X", "POST", posted)
    assert status == 200 and WHO in answer, answer
    status, answer = curl(posted)
    assert status == 403 and "SignatureDoesNotMatch" in answer, answer
    users = client("iam").generate_presigned_url("list_users", Params={"PathPrefix": "/a+b&c%/"}, HttpMethod="GET")
    status, answer = curl(users)
    assert status == 200 and "ListUsersResult" in answer, answer
    status, answer = curl(users.replace("ListUsers", "ListRoles"))
    assert status == 403 and "SignatureDoesNotMatch" in answer, answer


def expiry():
    url = client("sts").generate_presigned_url("get_caller_identity", ExpiresIn=1, HttpMethod="GET")
    time.sleep(2.1)
    status, answer = curl(url)
    assert status == 403 and "Signature expired" in answer, answer
    status, answer = curl(url.replace("X-Amz-Expires=1", "X-Amz-Expires=100"))
    assert status == 403 and "SignatureDoesNotMatch" in answer, answer


def temporary_credentials():
    iam = client("iam")
    trust = f'{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{ACCOUNT}:root"}},"Action":"sts:AssumeRole"}}]}}'
    arn = iam.create_role(RoleName="presigned", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    made = client("sts").assume_role(RoleArn=arn, RoleSessionName="one")["Credentials"]
    session = {
        "aws_access_key_id": made["AccessKeyId"],
        "aws_secret_access_key": made["SecretAccessKey"],
        "aws_session_token": made["SessionToken"],
    }
    url = client("sts", **session).generate_presigned_url("get_caller_identity", HttpMethod="GET")
    status, answer = curl(url)
    assert status == 200 and "assumed-role/presigned/one" in answer, answer
    without = "&".join(part for part in url.split("&") if not part.startswith("X-Amz-Security-Token="))
    status, answer = curl(without)
    assert status == 403 and "InvalidClientTokenId" in answer, answer


def kubernetes_token():
    """As `aws eks get-token` makes one, and as the authenticator of a cluster looks at it."""
    sts = client("sts")

    def header(request, **_):
        request.headers["x-k8s-aws-id"] = "cluster-1"

    sts.meta.events.register("before-sign.sts.GetCallerIdentity", header)
    url = sts.generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
    assert "X-Amz-SignedHeaders=host%3Bx-k8s-aws-id" in url, url
    status, answer = curl("-H", "x-k8s-aws-id: cluster-1", url)
    assert status == 200 and WHO in answer, answer
    for headers in ((), ("-H", "x-k8s-aws-id: cluster-2")):
        status, answer = curl(*headers, url)
        assert status == 403 and "SignatureDoesNotMatch" in answer, answer


def forwarded_login():
    """As Vault's AWS login: a signed request to STS, which the server that is logged in to sends."""
    headers = {
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
        "X-Vault-AWS-IAM-Server-ID": "vault.example.com",
    }
    body = "Action=GetCallerIdentity&Version=2011-06-15"
    request = AWSRequest(method="POST", url=f"{ENDPOINT}/", data=body, headers=headers)
    session = boto3.session.Session()
    SigV4Auth(session.get_credentials(), "sts", session.region_name).add_auth(request)
    sent = [part for name, value in request.headers.items() for part in ("-H", f"{name}: {value}")]
    status, answer = curl("-X", "POST", *sent, "-d", body, f"{ENDPOINT}/")
    assert status == 200 and WHO in answer, answer
    forged = ["x-vault-aws-iam-server-id: other" if part.lower().startswith("x-vault") else part for part in sent]
    status, answer = curl("-X", "POST", *forged, "-d", body, f"{ENDPOINT}/")
    assert status == 403 and "SignatureDoesNotMatch" in answer, answer


def signed_by_curl():
    """curl's own signer, which sends the absolute form of a target to what it takes for a proxy."""
    key = f"{os.environ['AWS_ACCESS_KEY_ID']}:{os.environ['AWS_SECRET_ACCESS_KEY']}"
    sign = ("--aws-sigv4", f"aws:amz:{os.environ['AWS_DEFAULT_REGION']}:sts", "--user", key)
    who = "?Action=GetCallerIdentity&Version=2011-06-15"
    for where in ((f"{ENDPOINT}/{who}",), ("-x", ENDPOINT, f"http://sts.example.com/{who}")):
        status, answer = curl(*sign, *where)
        assert status == 200 and WHO in answer, answer


def kms():
    """A request to KMS whose signature is in its query, and whose body is signed as any other."""
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "TrentService.ListKeys"}
    session = boto3.session.Session()
    request = AWSRequest(method="POST", url=f"{ENDPOINT}/", data=None, headers=headers)
    SigV4QueryAuth(session.get_credentials(), "kms", session.region_name, expires=60).add_auth(request)
    url = request.prepare().url
    # An empty body was signed, and is no JSON; another one was not signed.
    for data, code in ((b"", b"SerializationException"), (b"{}", b"InvalidSignatureException")):
        posted = urllib.request.Request(url, data=data, headers=headers, method="POST")
        try:
            urllib.request.urlopen(posted)
            raise AssertionError(f"{data} passed")
        except urllib.error.HTTPError as error:
            assert code in error.read()


tour.run(presigned, expiry, temporary_credentials, kubernetes_token, forwarded_login, signed_by_curl, kms)
