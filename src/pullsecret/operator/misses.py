"""Evictions that brought no Pod with the name: after a few of them the controller's Pods are left.

Admission reads a cache, so one successor may miss the name. Where all do, evicting helps nobody: a webhook
takes the name off, or somebody takes it out of the ServiceAccount as often as we put it there (Argo CD does).
"""

from collections.abc import Iterable

from pullsecret.operator.namespaces import NamespaceKey

MOST = 3
"""In so many looks the Pods of one controller are evicted in vain (design §5.3: "a few times")."""

Controller = tuple[str, str]
"""Kind and name of who makes Pods again."""
_Spec = tuple[str, int]


class Misses:
    """Counts them by policy, namespace and controller, for as long as the policy says the same.

    Neither time nor another attachment clears them: in a war without end that would be evictions without end.
    """

    def __init__(self) -> None:
        self._counted: dict[NamespaceKey, tuple[_Spec, dict[Controller, int]]] = {}

    def of(self, key: NamespaceKey, controller: Controller) -> int:
        """Tell how often this controller's Pods were evicted in vain."""
        _, counts = self._counted.get(key, (None, {}))
        return counts.get(controller, 0)

    def heed(self, key: NamespaceKey, spec: _Spec) -> None:
        """Begin anew where a policy, by its UID, says something else, by its generation."""
        if key in self._counted and self._counted[key][0] != spec:
            self.forget(key)

    def note(
        self, key: NamespaceKey, spec: _Spec, missed: Iterable[Controller], got: Iterable[Controller]
    ) -> None:
        """Note a look: whose Pods were evicted in vain; of those who have got the name nothing is kept."""
        missed, got = set(missed), set(got)
        if not missed and key not in self._counted:
            return
        _, counts = self._counted.setdefault(key, (spec, {}))
        for controller in missed:
            counts[controller] = counts.get(controller, 0) + 1
        for controller in got - missed:
            counts.pop(controller, None)

    def forget(self, key: NamespaceKey) -> None:
        """Forget a namespace."""
        self._counted.pop(key, None)
