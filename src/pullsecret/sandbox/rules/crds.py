"""Custom resource definitions."""

from pullsecret.core.objects import Object
from pullsecret.sandbox.failures import Fault


def faults(definition: Object) -> list[Fault]:
    """Check a custom resource definition."""
    return []
