"""What can be said of copies while it is not known what they should hold: after a start, with no good source.

The last good content is gone then. It is taken from no copy: whoever may edit one would have what he wrote
handed out everywhere. So nothing is written; what is missing or was changed is told, and put right as soon as
the source can be used again.
"""

from collections import Counter

from pullsecret.core.objects import name_of
from pullsecret.core.plan import Claim, CreateSecret, Intent, NamespacePlan, plan_namespace, winner_of
from pullsecret.core.plan.copies import is_ours
from pullsecret.core.plan.model import PatchAccount
from pullsecret.core.policy.status import Failure
from pullsecret.core.pullsecrets import KEY_JSON
from pullsecret.operator.states import PolicyState
from pullsecret.operator.world import World

_NOTHING = "="  # no copy holds it: it is no base64
_UNTIL = "what it should hold is not known until the source can be used again"


def presumed_of(world: World, state: PolicyState) -> str:
    """Give what more than half of a policy's copies hold; empty where they disagree, or there are none.

    It serves to tell which of them were changed, and for nothing else.
    """
    name = state.policy.secret_name if state.policy else ""
    ours = [secret for secret in world.secrets if name_of(secret) == name and is_ours(secret, state.uid)]
    held = Counter(str((secret.get("data") or {}).get(KEY_JSON) or "") for secret in ours)
    data, count = held.most_common(1)[0] if held else ("", 0)
    return data if 2 * count > len(ours) else ""


def stock_of(world: World, state: PolicyState, namespace: str) -> tuple[NamespacePlan, Failure | None] | None:
    """Tell how a namespace stands to a policy whose content is not known.

    Returns:
        What would be planned if what most copies hold were right, and why the namespace fails where that is
        more than nothing; None where the policy wants no copy, or never had one.
    """
    policy, obj = state.policy, world.namespaces.get("", namespace)
    if policy is None or obj is None or state.deleting or state.content is not None or not state.told_names:
        return None
    if not world.is_meant(policy, obj):
        return None
    winner = winner_of(world.contenders(policy.secret_name, obj)) or policy
    beaten_by = "" if winner.uid == policy.uid else str(winner.key)
    claim = Claim(policy, Intent.KEEP, state.presumed or _NOTHING, beaten_by=beaten_by)
    plan = plan_namespace(claim, world.view_of(claim, obj))
    return plan, _failure(plan)


def _failure(plan: NamespacePlan) -> Failure | None:
    if not plan.steps:
        return None
    if any(isinstance(step, CreateSecret) for step in plan.steps):
        return Failure(plan.namespace, "CopyMissing", f"there is no copy here: {_UNTIL}")
    if all(isinstance(step, PatchAccount) for step in plan.steps):
        return Failure(plan.namespace, "NotAttached", f"a ServiceAccount does not name the copy: {_UNTIL}")
    return Failure(plan.namespace, "CopyChanged", f"the copy was changed, or is unlike most others: {_UNTIL}")
