"""Who wants to be left as they are: by our own mark, or by those of the tools that people come from."""

from collections.abc import Mapping

from pullsecret.core.objects import Object, annotations_of, labels_of
from pullsecret.core.policy.names import EXCLUDE

_TRUE = ("true", "1")
# imagepullsecret-patcher (titansoft-pte-ltd) reads the first on namespaces, its successor (tamcore) the
# second on namespaces, ServiceAccounts and Secrets, registry-creds (alexellis) the third on namespaces.
_OF_OTHERS: Mapping[str, tuple[str, ...]] = {
    "k8s.titansoft.com/imagepullsecret-patcher-exclude": ("Namespace",),
    "pborn.eu/imagepullsecret-patcher-exclude": ("Namespace", "ServiceAccount", "Secret"),
    "alexellis.io/registry-creds.ignore": ("Namespace",),
}


def opt_out_of(obj: Object, kind: str) -> str:
    """Give the label or annotation by which an object opts out, as people write it; empty when it does not.

    Args:
        obj: a namespace, ServiceAccount or Secret; metadata is enough.
        kind: which of the three it is.
    """
    annotations, labels = annotations_of(obj), labels_of(obj)
    if _true(annotations.get(EXCLUDE)):
        return f"annotation {EXCLUDE}"
    if _true(labels.get(EXCLUDE)):
        return f"label {EXCLUDE}"
    for name, kinds in _OF_OTHERS.items():
        if kind in kinds and _true(annotations.get(name)):
            return f"annotation {name}"
    return ""


def _true(value: object) -> bool:
    return isinstance(value, str) and value.strip().lower() in _TRUE
