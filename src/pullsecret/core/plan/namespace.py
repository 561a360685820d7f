"""The plan of one namespace: the copy first, then who names it; for leaving, the other way round."""

from pullsecret.core.objects import Object
from pullsecret.core.plan.accounts import plan_accounts
from pullsecret.core.plan.copies import CopyPlan, is_anothers_copy, plan_dropped, plan_kept
from pullsecret.core.plan.model import Claim, Intent, NamespacePlan, NamespaceView, Step, Verdict
from pullsecret.core.policy.optout import opt_out_of


def plan_namespace(claim: Claim, view: NamespaceView) -> NamespacePlan:
    """Plan what has to be written so that a namespace is as a policy says; nothing where it is.

    Args:
        claim: what the policy wants here.
        view: what is there. A plan holds only for what it was made from: each write carries the version that
            was seen, and fails when somebody else wrote in between.
    """
    if reason := _opt_out(view):
        return NamespacePlan(view.name, Verdict.EXCLUDED, reason)
    if claim.intent is Intent.DROP:
        return _leave(claim, view)
    if _terminating(view.namespace):
        return NamespacePlan(view.name, Verdict.TERMINATING, "the namespace is being deleted")
    if claim.beaten_by:
        reason = f"{claim.beaten_by} wants the same Secret name here and has precedence"
        return NamespacePlan(view.name, Verdict.CONFLICT, reason)
    copy = plan_kept(claim, view.name, view.secret)
    if copy.verdict is Verdict.CONFLICT:
        return NamespacePlan(view.name, copy.verdict, copy.reason)
    attaching = plan_accounts(view.accounts, claim.policy.secret_name, claim.attach)
    return _plan(view, copy, (*_steps(copy), *attaching))


def _leave(claim: Claim, view: NamespaceView) -> NamespacePlan:
    """Detach, then delete what is ours, so that no Pod is made in between that names what is gone.

    A policy that has precedence here takes the copy over as it is, entries and all. What a policy reads its
    credential from may hold the only one that is left: it is detached alone.
    """
    if claim.beaten_by or _terminating(view.namespace):
        return NamespacePlan(view.name, Verdict.SYNCED)
    if view.secret is not None and is_anothers_copy(view.secret, claim.policy.uid):
        return NamespacePlan(view.name, Verdict.SYNCED)  # the names in the lists are that policy's too
    copy = plan_dropped(claim, view.secret)
    detaching = plan_accounts(view.accounts, claim.policy.secret_name, None)
    return _plan(view, copy, (*detaching, *_steps(copy)))


def _plan(view: NamespaceView, copy: CopyPlan, steps: tuple[Step, ...]) -> NamespacePlan:
    return NamespacePlan(view.name, copy.verdict, copy.reason, steps, copy.adopted)


def _steps(copy: CopyPlan) -> tuple[Step, ...]:
    return () if copy.step is None else (copy.step,)


def _opt_out(view: NamespaceView) -> str:
    if mark := opt_out_of(view.namespace, "Namespace"):
        return f"the namespace opted out by its {mark}"
    if view.secret is not None and (mark := opt_out_of(view.secret, "Secret")):
        return f"the Secret opted out by its {mark}"
    return ""


def _terminating(namespace: Object) -> bool:
    metadata = namespace.get("metadata")
    return isinstance(metadata, dict) and metadata.get("deletionTimestamp") is not None
