"""What watches bring becomes work: which policies and namespaces a change is about."""

from pullsecret.core.objects import Object, name_of, namespace_of
from pullsecret.core.plan.accounts import attached_by_us
from pullsecret.core.policy.model import SecretRef
from pullsecret.core.policy.reading import key_of, source_refs
from pullsecret.core.policy.status import secret_names_of
from pullsecret.operator.namespaces import NamespaceKey
from pullsecret.operator.policies import Notices
from pullsecret.operator.work import Work
from pullsecret.operator.world import World


class Reactions:
    """Listens to the stores of a world."""

    def __init__(self, world: World, work: Work, notices: Notices) -> None:
        self._world, self._work, self._notices = world, work, notices
        world.policies.changed = self.policy_changed
        world.namespaces.changed = self.namespace_changed
        world.accounts.changed = self.account_changed
        world.secrets.changed = self.secret_changed

    def policy_changed(self, old: Object | None, new: Object | None) -> None:
        """Read a policy that says something else, and those that want the same Secret names."""
        key = key_of(new or old or {})
        before = self._world.states.get(key)
        names = before.secret_names if before else frozenset[str]()
        sources = {*source_refs(old or {}), *source_refs(new or {})}
        if new is None:
            self._world.states.lose(key)
            self._notices.gone(key)
        else:
            names |= self._world.states.see(new).secret_names
            self._work.status(key)
        if old is None or new is None or _asked(old) != _asked(new):
            if new is not None:
                self._work.policy(key)
            for other in {other.key for name in names for other in self._world.states.of_secret(name)} - {
                key
            }:
                self._work.policy(other)
            for source in sources:  # what it no longer reads from may go
                self._look_at_copies(source)

    def namespace_changed(self, old: Object | None, new: Object | None) -> None:
        """Work on a namespace that is new, goes, or went, or whose labels or annotations are others."""
        if old and new and _without_version(old) == _without_version(new):
            return
        name = name_of(new or old or {})
        if new is not None:
            self._world.appeared(name)
        urgent = old is None or self._world.goes(name)
        for state in self._world.states.concerning(name):
            if new is not None or name in state.synced or name in state.failures:
                self._work.namespace(NamespaceKey(state.key, name), urgent=urgent)

    def account_changed(self, old: Object | None, new: Object | None) -> None:
        """Attach to a new ServiceAccount, and again to one from which somebody took an entry of ours."""
        if new is None:
            return
        namespace, name, ours = namespace_of(new), name_of(new), attached_by_us(new)
        for state in self._world.states.concerning(namespace):
            policy = state.policy
            if (policy and policy.attach.wants(name)) or not state.secret_names.isdisjoint(ours):
                self._work.namespace(NamespaceKey(state.key, namespace), urgent=old is None)

    def secret_changed(self, old: Object | None, new: Object | None) -> None:
        """Read policies whose source this is; put right a copy that somebody edited or deleted."""
        obj = new or old or {}
        namespace, name = namespace_of(obj), name_of(obj)
        for state in self._world.states.of_source(SecretRef(namespace, name)):
            self._work.policy(state.key)
        self._look_at_copies(SecretRef(namespace, name))

    def _look_at_copies(self, secret: SecretRef) -> None:
        for state in self._world.states.of_secret(secret.name):
            if state.key.namespace in ("", secret.namespace):
                self._work.namespace(NamespaceKey(state.key, secret.namespace))


def _asked(obj: Object) -> tuple[object, ...]:
    """Give what of a policy has to be acted on: of its status, which is ours, the names that copies need."""
    metadata = obj.get("metadata", {})
    deleting = metadata.get("deletionTimestamp") is not None
    finalizers, names = tuple(metadata.get("finalizers") or ()), secret_names_of(obj.get("status") or {})
    return metadata.get("uid"), obj.get("spec"), deleting, finalizers, names


def _without_version(obj: Object) -> Object:
    return {key: value for key, value in obj.get("metadata", {}).items() if key != "resourceVersion"}
