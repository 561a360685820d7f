"""What has to be written in a namespace so that it is as its policies say. Pure, and can print itself."""

from pullsecret.core.plan.model import (
    Claim,
    CreateSecret,
    DeleteSecret,
    Intent,
    NamespacePlan,
    NamespaceView,
    PatchAccount,
    PatchSecret,
    Step,
    Verdict,
)
from pullsecret.core.plan.namespace import plan_namespace
from pullsecret.core.plan.precedence import winner_of

__all__ = [
    "Claim",
    "CreateSecret",
    "DeleteSecret",
    "Intent",
    "NamespacePlan",
    "NamespaceView",
    "PatchAccount",
    "PatchSecret",
    "Step",
    "Verdict",
    "plan_namespace",
    "winner_of",
]
