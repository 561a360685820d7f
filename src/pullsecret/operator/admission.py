"""What the webhook says about a ServiceAccount: it gets the names that policies want, and loses none.

Pure. A Pod inherits its ServiceAccount's list at its own admission, once, so names that are there when the
ServiceAccount is admitted are there for every Pod.
"""

import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pullsecret.core.attachment import secret_names
from pullsecret.core.errors import InvalidInput
from pullsecret.core.objects import Object, name_of, namespace_of
from pullsecret.core.plan.accounts import attached_by_us
from pullsecret.core.policy.names import ATTACHED
from pullsecret.core.policy.optout import opt_out_of

_LIST = "imagePullSecrets"


@dataclass(frozen=True, slots=True)
class Admission:
    """One question of the API server: may this ServiceAccount be written?

    Attributes:
        uid: what the answer has to name.
        namespace: of the ServiceAccount.
        name: of the ServiceAccount; empty while the API server has yet to make one up.
        account: as it would be written; None for what is no ServiceAccount that is made or changed.
    """

    uid: str
    namespace: str
    name: str
    account: Object | None = field(repr=False)


def admission_of(review: Any) -> Admission:
    """Read an `AdmissionReview` (admission.k8s.io/v1).

    Raises:
        InvalidInput: it is none, so that nobody could be answered.
    """
    request = review.get("request") if isinstance(review, dict) else None
    uid = request.get("uid") if isinstance(request, dict) else None
    if not isinstance(request, dict) or not isinstance(uid, str) or not uid:
        raise InvalidInput("is no AdmissionReview", place="request.uid")
    account = request.get("object") if _is_ours(request) else None
    if not isinstance(account, dict):
        return Admission(uid, "", "", None)
    namespace, name = request.get("namespace"), request.get("name")
    return Admission(uid, str(namespace or namespace_of(account)), str(name or name_of(account)), account)


def asks_for_names(admission: Admission) -> bool:
    """Tell whether names may be added at all: the ServiceAccount is sound and does not opt out."""
    account = admission.account
    if account is None or opt_out_of(account, "ServiceAccount"):
        return False
    try:
        secret_names(_typed(account))
    except InvalidInput:
        return False
    metadata = account.get("metadata")
    return isinstance(metadata, dict) and not metadata.get("deletionTimestamp")


def additions(account: Object, names: Sequence[str]) -> list[Object]:
    """Give the JSON patch that adds what is missing of these names, and notes that they are from us.

    An entry that was there before us stays without a note, so that it outlives us.

    Args:
        account: for which `asks_for_names` holds.
        names: of Secrets that policies want there.
    """
    present = secret_names(_typed(account))
    missing = [name for name in dict.fromkeys(names) if name and name not in present]
    if not missing:
        return []
    ours = ",".join(dict.fromkeys((*attached_by_us(account), *missing)))
    return [*_entries(account, missing), _note(account, ours)]


def answer(uid: str, patch: Sequence[Object]) -> Object:
    """Give the whole answer: always allowed.

    Args:
        uid: of the question.
        patch: what to change; empty for nothing.
    """
    response: Object = {"uid": uid, "allowed": True}
    if patch:
        response |= {"patchType": "JSONPatch", "patch": _base64(patch)}
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response}


def _is_ours(request: Object) -> bool:
    resource = request.get("resource")
    return (
        isinstance(resource, dict)
        and (resource.get("group", ""), resource.get("resource")) == ("", "serviceaccounts")
        and not request.get("subResource")
        and request.get("operation") in ("CREATE", "UPDATE")
    )


def _typed(account: Object) -> Object:
    return {**account, "apiVersion": "v1", "kind": "ServiceAccount"}


def _entries(account: Object, names: Sequence[str]) -> list[Object]:
    entries = [{"name": name} for name in names]
    if not account.get(_LIST):
        return [{"op": "add", "path": f"/{_LIST}", "value": entries}]
    return [{"op": "add", "path": f"/{_LIST}/-", "value": entry} for entry in entries]


def _note(account: Object, ours: str) -> Object:
    if not account["metadata"].get("annotations"):
        return {"op": "add", "path": "/metadata/annotations", "value": {ATTACHED: ours}}
    pointer = ATTACHED.replace("~", "~0").replace("/", "~1")
    return {"op": "add", "path": f"/metadata/annotations/{pointer}", "value": ours}


def _base64(patch: Sequence[Object]) -> str:
    return binascii.b2a_base64(json.dumps(patch).encode(), newline=False).decode("ascii")
