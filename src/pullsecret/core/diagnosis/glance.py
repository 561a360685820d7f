"""A first look at a Pod, which costs little: of ten thousand, nearly all run and need no second one."""

from dataclasses import dataclass
from typing import Any

from pullsecret.core.diagnosis.model import PodFacts, SecretKey
from pullsecret.core.objects import namespace_of

_STATUSES = ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses")
_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")


@dataclass(frozen=True, slots=True)
class Glance:
    """What can be seen of a Pod without reading it whole; what is malformed in it is passed over.

    Attributes:
        names: the Secrets that it names.
        own_list: whether it has a list of them, be it one without names.
        account: its ServiceAccount.
    """

    namespace: str
    images: tuple[str, ...]
    names: tuple[str, ...]
    own_list: bool
    account: SecretKey

    @classmethod
    def at(cls, facts: PodFacts) -> "Glance":
        """Look at a Pod."""
        namespace, spec = namespace_of(facts.pod), _mapping(facts.pod, "spec")
        images = (item.get("image") for key in _CONTAINERS for item in _items(spec, key))
        listed = _items(spec, "imagePullSecrets")
        names = (item.get("name") for item in listed)
        account = spec.get("serviceAccountName") or spec.get("serviceAccount") or "default"
        return cls(namespace, _texts(images), _texts(names), bool(listed), (namespace, str(account)))


def is_quiet(facts: PodFacts) -> bool:
    """Whether nothing in a Pod waits or has failed, so that there is nothing to explain.

    Image volumes and the node's own image have no status: a Pod that lacks them has none that runs.
    """
    status = _mapping(facts.pod, "status")
    states = [_mapping(item, "state") for key in _STATUSES for item in _items(status, key)]
    return bool(states) and all("running" in state or "terminated" in state for state in states)


def _mapping(of: Any, key: str) -> dict[str, Any]:
    value = of.get(key)
    return value if isinstance(value, dict) else {}


def _items(of: dict[str, Any], key: str) -> list[dict[str, Any]]:
    value = of.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _texts(values: Any) -> tuple[str, ...]:
    return tuple(value for value in values if isinstance(value, str) and value)
