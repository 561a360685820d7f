"""The copy of a policy in a namespace: whose it is, and what has to be written for it to be right."""

from dataclasses import dataclass

from pullsecret.core.credentials import Credential, Origin
from pullsecret.core.dockerconfig import registry_host
from pullsecret.core.errors import InvalidInput
from pullsecret.core.objects import Object, annotations_of, labels_of, name_of, resource_version_of, uid_of
from pullsecret.core.plan.model import Claim, CreateSecret, DeleteSecret, PatchSecret, Verdict
from pullsecret.core.policy.names import ADOPT, MANAGED_BY, MANAGER, POLICY_LABEL, POLICY_UID, is_local
from pullsecret.core.pullsecrets import KEY_JSON, TYPE_JSON, Secret
from pullsecret.core.registrykeys import scope_of

CopyStep = CreateSecret | PatchSecret | DeleteSecret


@dataclass(frozen=True, slots=True)
class CopyPlan:
    """What is to be done about the copy; `verdict` other than `SYNCED` means: leave it, and do not attach."""

    verdict: Verdict = Verdict.SYNCED
    reason: str = ""
    step: CopyStep | None = None
    adopted: bool = False


def is_ours(secret: Object, uid: str) -> bool:
    """Tell whether a Secret is the copy of the policy with this UID.

    Only the annotation with the UID counts: a label can be put on anything by anybody.
    """
    return bool(uid) and annotations_of(secret).get(POLICY_UID) == uid


def is_anothers_copy(secret: Object, uid: str) -> bool:
    """Tell whether a Secret is marked in full as the copy of another policy than the one with this UID.

    That policy need not be there any more: `deletionPolicy: Orphan` leaves copies as they are, entries too.
    A UID without the labels is on what somebody made by hand.
    """
    labels = labels_of(secret)
    marked = labels.get(MANAGED_BY) == MANAGER and POLICY_LABEL in labels
    return marked and annotations_of(secret).get(POLICY_UID, uid) != uid


def plan_kept(claim: Claim, namespace: str, secret: Object | None) -> CopyPlan:
    """Plan that the copy is there and right."""
    if secret is None:
        return CopyPlan(step=CreateSecret(_manifest(claim, namespace)))
    ours = is_ours(secret, claim.policy.uid)
    given_up = any(is_ours(secret, rival) for rival in claim.rivals)
    adopted = not (ours or given_up)
    if adopted and (reason := _why_not_adopted(claim, secret)):
        return CopyPlan(Verdict.CONFLICT, reason)
    if secret.get("type") != TYPE_JSON:
        return CopyPlan(Verdict.CONFLICT, f"Secret {name_of(secret)!r} is of type {secret.get('type')}")
    patch, why = _difference(claim, secret)
    if not patch:
        return CopyPlan()
    if secret.get("immutable") is True:
        return CopyPlan(
            Verdict.IMMUTABLE, f"Secret {name_of(secret)!r} is immutable; delete it to have it made anew"
        )
    body = _conditional(patch, secret)
    return CopyPlan(step=PatchSecret(name_of(secret), body, "adopt" if adopted else why), adopted=adopted)


def plan_dropped(claim: Claim, secret: Object | None) -> CopyPlan:
    """Plan that the copy is not there; what is not ours stays, and what goes already goes by itself."""
    if secret is None or not is_ours(secret, claim.policy.uid) or "deletionTimestamp" in secret["metadata"]:
        return CopyPlan()
    if claim.used_by:
        reason = f"Secret {name_of(secret)!r} stays: {claim.used_by} reads its credential from it"
        return CopyPlan(Verdict.IN_USE, reason)
    return CopyPlan(step=DeleteSecret(name_of(secret), uid_of(secret), resource_version_of(secret)))


def _why_not_adopted(claim: Claim, secret: Object) -> str:
    """Say why a Secret that is not ours is left as it is; empty when its owner gave us leave."""
    name, key = name_of(secret), claim.policy.key
    wanted = annotations_of(secret).get(ADOPT)
    if wanted not in (key.name, f"{key.kind}.{key.name}"):
        return (
            f"Secret {name!r} {_whose(claim, secret)} its annotation {ADOPT}: {key.name} would hand it over"
        )
    if secret.get("type") != TYPE_JSON:
        return f"Secret {name!r} cannot be adopted: it is of type {secret.get('type')}, not {TYPE_JSON}"
    if secret.get("immutable") is True:
        return f"Secret {name!r} cannot be adopted: it is immutable"
    lost = _lost_by_adoption(claim, secret)
    return f"Secret {name!r} cannot be adopted: {lost}" if lost else ""


def _whose(claim: Claim, secret: Object) -> str:
    keeper, uid = labels_of(secret).get(POLICY_LABEL), annotations_of(secret).get(POLICY_UID)
    if not keeper:
        return "was not made by pullsecret;"
    if is_local(claim.policy.uid) and uid and not is_local(uid):  # taking it over would be a war
        return f"is kept by {keeper}, and an operator looks after that: leave it; only if that policy is gone"
    return f"is kept by {keeper};"


def _lost_by_adoption(claim: Claim, secret: Object) -> str:
    """Say what would be lost with the content of a Secret, now or when its policy goes; empty for nothing."""
    if more := sorted(set(secret.get("data") or ()) - {KEY_JSON}):
        return f"it holds {', '.join(more)} too, which would be deleted with the policy"
    try:
        entries = Secret.from_manifest(secret).readable_config.entries
    except InvalidInput:
        return "what it holds cannot be read"
    logins: dict[str, list[Credential]] = {}
    for key, entry in entries.items():
        logins.setdefault(registry_host(key) + scope_of(key), []).append(entry.credential(Origin()))
    if lost := logins.keys() - claim.registries:
        return f"the policy has no credential for {', '.join(sorted(lost))}"
    doubled = sorted(host for host, held in logins.items() if any(login != held[0] for login in held))
    return f"it holds two logins for {', '.join(doubled)}" if doubled else ""


def _marks(claim: Claim) -> tuple[dict[str, str], dict[str, str]]:
    """Give the labels and annotations by which a copy is known."""
    return {MANAGED_BY: MANAGER, POLICY_LABEL: claim.policy.label}, {POLICY_UID: claim.policy.uid}


def _manifest(claim: Claim, namespace: str) -> Object:
    labels, annotations = _marks(claim)
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": claim.policy.secret_name,
            "namespace": namespace,
            "labels": labels,
            "annotations": annotations,
        },
        "type": TYPE_JSON,
        "data": {KEY_JSON: claim.data},
    }


def _difference(claim: Claim, secret: Object) -> tuple[Object, str]:
    """Give the merge patch that makes a Secret the copy, and what it puts right; empty when nothing."""
    labels, annotations = _marks(claim)
    missing_labels = {k: v for k, v in labels.items() if labels_of(secret).get(k) != v}
    missing_annotations = {k: v for k, v in annotations.items() if annotations_of(secret).get(k) != v}
    patch: Object = {}
    if missing_labels or missing_annotations:
        patch["metadata"] = {"labels": missing_labels, "annotations": missing_annotations}
    data = secret.get("data")
    differs = not isinstance(data, dict) or data.get(KEY_JSON) != claim.data
    if differs:
        patch["data"] = {KEY_JSON: claim.data}
    return patch, "content" if differs else "marks"


def _conditional(patch: Object, secret: Object) -> Object:
    metadata = {**patch.get("metadata", {}), "resourceVersion": resource_version_of(secret)}
    return {**patch, "metadata": metadata}
