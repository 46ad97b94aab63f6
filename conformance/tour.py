"""Runs the parts of a tour, and leaves out those that the installed boto3 is too old for."""

import boto3
import botocore


def needs(*operations):
    """The part calls these: `kms.RotateKeyOnDemand`, or with a member `kms.EnableKeyRotation.RotationPeriodInDays`."""

    def mark(part):
        part.needs = operations
        return part

    return mark


def run(*parts):
    """Prints a line for each part: that it passed, or what it was left out for."""
    for part in parts:
        lacking = [name for name in getattr(part, "needs", ()) if not knows(name)]
        if lacking:
            print(f"too old here: {part.__name__}: boto3, which lacks {', '.join(lacking)}", flush=True)
        else:
            part()
            print(f"passed: {part.__name__}", flush=True)


def knows(name):
    service, operation, *members = name.split(".")
    # It reads the models that boto3 brings, and sends no request.
    model = botocore.session.get_session().get_service_model(service)
    if operation not in model.operation_names:
        return False
    return all(member in model.operation_model(operation).input_shape.members for member in members)
