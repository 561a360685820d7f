"""What is kept of each object in memory: what plans are made from, and no more.

Ten thousand namespaces have as many copies with the same content, and ServiceAccounts with managed fields
that nobody reads here. Equal texts are kept once.
"""

from typing import Any

from pullsecret.core.objects import Object
from pullsecret.core.policy.names import (
    ADOPT,
    ATTACHED,
    EXCLUDE,
    MANAGED_BY,
    POLICY_LABEL,
    POLICY_UID,
    REGISTRY,
)

TEXTS_MOST = 100_000
"""How many texts are compared with. Namespaces that come and go never end: the texts of those that went are
let go of now and then, and one that is still needed is at worst kept twice."""
_META = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp", "deletionTimestamp")
_KEPT_ANNOTATIONS = frozenset({
    ADOPT, ATTACHED, EXCLUDE, POLICY_UID, REGISTRY, "pullsecret.dev/expires-at",
    "k8s.titansoft.com/imagepullsecret-patcher-exclude", "pborn.eu/imagepullsecret-patcher-exclude",
    "alexellis.io/registry-creds.ignore",
})  # fmt: skip
_KEPT_LABELS = frozenset({EXCLUDE, MANAGED_BY, POLICY_LABEL})


class Slimmer:
    """Makes small copies of objects; equal texts of several objects become one in memory."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def forget(self) -> None:
        """Let go of texts that nobody may hold any more, such as passwords that were rotated."""
        self._texts.clear()

    def namespace(self, obj: Object) -> Object:
        """Keep a namespace's metadata; a policy may select by any of its labels."""
        return {"kind": "Namespace", "apiVersion": "v1", "metadata": self._metadata(obj, all_labels=True)}

    def account(self, obj: Object) -> Object:
        """Keep a ServiceAccount's list, whole: what we do not know of it is written back as it was."""
        listed = obj.get("imagePullSecrets")
        slim: Object = {"kind": "ServiceAccount", "apiVersion": "v1", "metadata": self._metadata(obj)}
        return slim if listed is None else {**slim, "imagePullSecrets": listed}

    def secret(self, obj: Object) -> Object:
        """Keep a Secret's type and data."""
        data = obj.get("data")
        slim: Object = {
            "kind": "Secret",
            "apiVersion": "v1",
            "metadata": self._metadata(obj),
            "type": self._text(obj.get("type")),
        }
        if isinstance(data, dict):
            slim["data"] = {self._text(key): self._text(value) for key, value in data.items()}
        return {**slim, "immutable": True} if obj.get("immutable") is True else slim

    def _metadata(self, obj: Object, *, all_labels: bool = False) -> Object:
        whole: dict[str, Any] = obj.get("metadata") or {}
        slim = {name: whole[name] for name in _META if name in whole}
        if "namespace" in slim:
            slim["namespace"] = self._text(slim["namespace"])
        labels, annotations = whole.get("labels") or {}, whole.get("annotations") or {}
        kept = labels if all_labels else {key: labels[key] for key in labels if key in _KEPT_LABELS}
        if kept:
            slim["labels"] = {self._text(key): self._text(value) for key, value in kept.items()}
        known = {key: annotations[key] for key in annotations if key in _KEPT_ANNOTATIONS}
        if known:
            slim["annotations"] = {self._text(key): self._text(value) for key, value in known.items()}
        return slim

    def _text(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if len(self._texts) >= TEXTS_MOST:
            self.forget()
        return self._texts.setdefault(value, value)
