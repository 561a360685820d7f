"""People who do what they like in a cluster that an operator keeps, and what of theirs has to stay."""

from typing import Any

from pullsecret.core.errors import ApiError
from pullsecret.core.objects import NAMESPACE, SECRET, SERVICE_ACCOUNT, Object, annotations_of
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET, EXCLUDE, PULL_SECRET
from pullsecret.core.pullsecrets import secret_manifest
from support.clusters import login, names_in
from support.policies import PolicyCluster

NAMES, TEAMS, ACCOUNTS = ("x", "y", "z"), ("web", "shop"), ("default", "builder")
POLICIES = {"a": "", "b": "", "c": "", "own": "web"}
"""Each with its namespace; all but one are `ClusterPullSecret`s."""
KINDS = {name: PULL_SECRET if where else CLUSTER_PULL_SECRET for name, where in POLICIES.items()}


class Crash(BaseException):
    """The operator is killed: what it was about to write is never sent."""


class People(PolicyCluster):
    """A cluster, and what people did in it that has to stay.

    Attributes:
        fuse: after how many more writes the operator is killed; None for not at all.
        theirs: by namespace and name, foreign Secrets as they made them.
        listed: by namespace and account, the names that they put into its list themselves.
        orphans: whether a policy went that leaves copies: as it says, where a namespace opted out, or where
            another policy is made of one.
    """

    def __init__(self) -> None:
        super().__init__()
        self.fuse: int | None = None
        self.theirs: dict[tuple[str, str], Object] = {}
        self.listed: dict[tuple[str, str], set[str]] = {(t, a): {"pre"} for t in TEAMS for a in ACCOUNTS}
        self.orphans = False
        for team in (*TEAMS, "platform"):
            self.namespace(team)
        for team in TEAMS:
            for account in ACCOUNTS:
                self.account(account, "pre", namespace=team)
        for name in POLICIES:
            self.do_rotate(name, "one")

    def _step(self, verb: str) -> None:
        super()._step(verb)
        if verb not in ("create", "patch", "delete") or self.fuse is None:
            return
        if self.fuse == 0:
            self.fuse = None
            raise Crash
        self.fuse -= 1

    def there(self, kind: Any, name: str, namespace: str = "") -> Object | None:
        try:
            return self.store.get(kind, name, namespace)
        except ApiError:
            return None

    def do(self, what: str, *words: Any) -> None:
        getattr(self, f"do_{what}")(*words)

    def do_crash(self, writes: int) -> None:
        self.fuse = writes

    def do_make(self, name: str, spec: Object, include: list[str]) -> None:
        if self.there(KINDS[name], name, POLICIES[name]) is None:
            ref = {"name": f"login-{name}"} | ({} if POLICIES[name] else {"namespace": "platform"})
            where = {} if POLICIES[name] else {"namespaces": {"include": include}}
            obj = {
                "metadata": {"name": name},
                "spec": {"credentials": [{"type": "DockerConfig", "secretRef": ref}], **where, **spec},
            }
            self.store.create(KINDS[name], obj, POLICIES[name])

    def do_rename(self, name: str, to: str) -> None:
        self._respec(name, secretName=to)

    def do_mean(self, name: str, include: list[str]) -> None:
        if not POLICIES[name]:
            self._respec(name, namespaces={"include": include})

    def do_attach(self, name: str, attach: Object) -> None:
        self._respec(name, attach=attach)

    def _respec(self, name: str, **spec: Any) -> None:
        obj = self.there(KINDS[name], name, POLICIES[name])
        if obj is not None:
            self.store.update(KINDS[name], {**obj, "spec": {**obj["spec"], **spec}})

    def do_read(self, name: str) -> None:
        """Let a team make its policy of a Secret in its namespace, whoever keeps that."""
        self.orphans |= self.goes()
        self._respec("own", credentials=[{"type": "DockerConfig", "secretRef": {"name": name}}])

    def read(self) -> str:
        """Name the Secret that the team's policy is made of; empty where there is none that stays."""
        obj = self.there(PULL_SECRET, "own", "web")
        if obj is None or "deletionTimestamp" in obj["metadata"]:
            return ""
        return str(obj["spec"]["credentials"][0]["secretRef"]["name"])

    def goes(self) -> bool:
        """Tell whether a policy is being deleted at this moment."""
        policies = [self.there(KINDS[name], name, POLICIES[name]) for name in POLICIES]
        return any(obj and "deletionTimestamp" in obj["metadata"] for obj in policies)

    def do_remove(self, name: str) -> None:
        obj = self.there(KINDS[name], name, POLICIES[name])
        if obj is not None:
            self.orphans |= self.read() not in ("", "login-own")
            self.orphans |= obj["spec"]["deletionPolicy"] == "Orphan"
            self.orphans |= any(annotations_of(self.store.get(NAMESPACE, team)) for team in TEAMS)
            self.store.delete(KINDS[name], name, POLICIES[name])

    def do_break(self, name: str) -> None:
        where = POLICIES[name] or "platform"
        if self.there(SECRET, f"login-{name}", where) is not None:
            self.store.delete(SECRET, f"login-{name}", where)

    def do_rotate(self, name: str, word: str) -> None:
        where = POLICIES[name] or "platform"
        manifest = secret_manifest(f"login-{name}", login("r.io", password=f"{name}-{word}"), namespace=where)
        old = self.there(SECRET, f"login-{name}", where)
        if old is None:
            self.store.create(SECRET, manifest, where)
        else:
            self.store.update(SECRET, {**old, "data": manifest["data"]})

    def do_take(self, team: str, name: str) -> None:
        if self.there(SECRET, name, team) is None:
            self.theirs[team, name] = self.secret(name, login("theirs.io"), namespace=team)

    def do_free(self, team: str, name: str) -> None:
        if self.theirs.pop((team, name), None) is not None:
            self.store.delete(SECRET, name, team)

    def do_edit(self, team: str, name: str) -> None:
        copy = self.there(SECRET, name, team)
        if copy is not None and (team, name) not in self.theirs:
            self.store.update(SECRET, {**copy, "data": {".dockerconfigjson": "e30="}})

    def do_lose(self, team: str, name: str) -> None:
        if (team, name) not in self.theirs and self.there(SECRET, name, team) is not None:
            self.store.delete(SECRET, name, team)

    def do_list(self, team: str, account: str, name: str) -> None:
        obj = self.store.get(SERVICE_ACCOUNT, account, team)
        if name not in names_in(obj):
            self.listed[team, account].add(name)
            obj["imagePullSecrets"] = [*obj["imagePullSecrets"], {"name": name}]
            self.store.update(SERVICE_ACCOUNT, obj)

    def do_unlist(self, team: str, account: str, name: str) -> None:
        obj = self.store.get(SERVICE_ACCOUNT, account, team)
        if name in names_in(obj):
            self.listed[team, account].discard(name)
            obj["imagePullSecrets"] = [e for e in obj["imagePullSecrets"] if e["name"] != name]
            self.store.update(SERVICE_ACCOUNT, obj)

    def do_leave(self, team: str) -> None:
        self.orphans |= self.goes()
        self._mark(team, {EXCLUDE: "true"})

    def do_return(self, team: str) -> None:
        self._mark(team, {})

    def _mark(self, team: str, annotations: Object) -> None:
        obj = self.store.get(NAMESPACE, team)
        if annotations_of(obj) != annotations:
            self.store.update(NAMESPACE, {**obj, "metadata": {**obj["metadata"], "annotations": annotations}})
