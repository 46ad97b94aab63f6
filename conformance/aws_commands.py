"""Runs the aws command many times, and loads it and its descriptions of services once, which takes longer than most of
what it then does.

A line of {"args", "env"} is answered, in order, by a line of {"status", "stdout", "stderr"}. Each command runs in a process
of its own, forked from this one, in which none has run; it gets the variables of this one and those of its line.
"""

import functools
import json
import os
import sys
import tempfile

import botocore.session
from awscli import clidriver, handlers  # noqa: F401, the command imports its handlers by name
from botocore.exceptions import UnknownServiceError

SERVICES = ("iam", "kms", "sts")


def read_descriptions():
    """Has every command use one loader, which has read the descriptions of services that most of them need."""
    botocore.session.create_loader = functools.cache(botocore.session.create_loader)
    loader = clidriver.create_clidriver().session.get_component("data_loader")
    for kind in ("service-2", "paginators-1", "waiters-2", "endpoint-rule-set-1"):
        for service in SERVICES:
            try:
                loader.load_service_model(service, kind)
            except UnknownServiceError:
                pass  # it has no waiters


def aws(args, env, stdout, stderr):
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(stdout.fileno(), 1)
    os.dup2(stderr.fileno(), 2)
    os.environ.update(env)
    sys.argv = ["aws", *args]
    sys.exit(clidriver.main())


def written(file):
    file.seek(0)
    return file.read().decode()


read_descriptions()
for line in sys.stdin:
    request = json.loads(line)
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        child = os.fork()
        if child == 0:
            aws(request["args"], request["env"], stdout, stderr)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(json.dumps({"status": status, "stdout": written(stdout), "stderr": written(stderr)}), flush=True)
