"""Whoever writes in between: settling a namespace loses nothing of theirs, and it gets there.

The cluster is the imitation, which checks versions as the API server does. Others write between any two
requests of ours, from views that may be of long ago.
"""

import asyncio
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pullsecret.app.sync.settle import settle
from pullsecret.core.errors import ClusterError
from pullsecret.core.objects import NAMESPACE, SECRET, SERVICE_ACCOUNT, Object
from pullsecret.core.plan import Claim, Intent, NamespaceView, Verdict, plan_namespace
from pullsecret.core.plan.copies import is_ours
from pullsecret.core.policy.model import Attach, AttachTo
from support.clusters import TestCluster, login, names_in
from support.syncing import UID, a_claim, a_content

ACCOUNTS = ("default", "builder")
THEIRS = st.sampled_from(["theirs-1", "theirs-2", "harbor"])
CLAIMS = st.sampled_from([
    a_claim(),
    a_claim(attach=Attach(AttachTo.ALL)),
    a_claim(attach=Attach(AttachTo.NONE)),
    a_claim(content=a_content("harbor.example.com", password="new")),
    a_claim(Intent.DROP),
])  # fmt: skip
WRITES = st.one_of(
    st.tuples(st.just("add"), st.sampled_from(ACCOUNTS), THEIRS),
    st.tuples(st.just("remove"), st.sampled_from(ACCOUNTS), THEIRS),
    st.tuples(st.just("touch"), st.sampled_from(ACCOUNTS), st.just("")),
    st.tuples(st.just("edit"), st.just(""), st.sampled_from(["a.io", "b.io"])),
    st.tuples(st.just("delete"), st.just(""), st.just("")),
    st.tuples(st.just("replace"), st.just(""), st.just("")),
)
"""What another does; `harbor` in a list may be theirs too, and then it stays."""


class Shared(TestCluster):
    """A cluster in which others write before our requests; what is theirs is kept track of."""

    def __init__(self, before: list[Any]) -> None:
        super().__init__()
        self.namespace("web")
        self.account("builder")
        self.others = before
        self.theirs: dict[str, set[str]] = {name: set() for name in ACCOUNTS}
        self.foreign: Object | None = None

    def _step(self, verb: str) -> None:
        if self.others:
            self.write(*self.others.pop())

    def write(self, what: str, account: str, name: str) -> None:
        if account:
            self._write_list(what, account, name)
        else:
            self._write_secret(what, name)

    def _write_list(self, what: str, account: str, name: str) -> None:
        obj = self.store.get(SERVICE_ACCOUNT, account, "web")
        names = names_in(obj)
        if what == "add" and name not in names:
            names.append(name)
            self.theirs[account].add(name)
        elif what == "remove" and name in self.theirs[account]:
            names.remove(name)
            self.theirs[account].discard(name)
        obj["metadata"].setdefault("annotations", {})["touched"] = obj["metadata"]["resourceVersion"]
        obj["imagePullSecrets"] = [{"name": each} for each in names]
        self.store.update(SERVICE_ACCOUNT, obj)

    def _write_secret(self, what: str, host: str) -> None:
        there = self.copy()
        if there is None:
            if what == "replace":
                self.foreign = self.secret("harbor", login("foreign.io"))
        elif what in ("delete", "replace"):
            self.store.delete(SECRET, "harbor", "web")
            self.foreign = self.secret("harbor", login("foreign.io")) if what == "replace" else None
        elif what == "edit" and self.foreign is None:
            self.store.update(SECRET, {**there, "data": {".dockerconfigjson": a_content(host).data}})

    def copy(self) -> Object | None:
        found = [obj for obj in self.store.list(SECRET, "web") if obj["metadata"]["name"] == "harbor"]
        return found[0] if found else None

    def view(self) -> NamespaceView:
        accounts = [self.store.get(SERVICE_ACCOUNT, name, "web") for name in ACCOUNTS]
        return NamespaceView(self.store.get(NAMESPACE, "web"), self.copy(), accounts)


@settings(max_examples=300)
@given(
    runs=st.lists(st.tuples(CLAIMS, st.booleans()), min_size=1, max_size=4),
    before=st.lists(WRITES, max_size=14),
)
def test_no_interleaving_loses_what_is_theirs(runs: list[tuple[Claim, bool]], before: list[Any]) -> None:
    asyncio.run(settled(Shared(before), runs))


async def settled(cluster: Shared, runs: list[tuple[Claim, bool]]) -> None:
    old = cluster.view()
    for claim, late in runs:
        seen = old if late else cluster.view()
        old = cluster.view()
        try:
            await settle(cluster, claim, seen)
        except ClusterError as error:  # busier than anybody is
            told = error.message
        else:
            told = ""
        assert told == "" or "others kept changing" in told
        holds(cluster)
    cluster.others.clear()
    last = runs[-1][0]
    result = await settle(cluster, last, cluster.view())
    holds(cluster)
    assert plan_namespace(last, cluster.view()).steps == (), "it has come to rest"
    if result.plan.verdict is Verdict.SYNCED:
        as_wanted(cluster, last)


def holds(cluster: Shared) -> None:
    """What is theirs is there, and nothing of ours twice."""
    for account, theirs in cluster.theirs.items():
        names = names_in(cluster.store.get(SERVICE_ACCOUNT, account, "web"))
        assert theirs <= set(names)
        assert set(names) <= theirs | {"harbor"}
        assert len(names) == len(set(names))
    if cluster.foreign is not None:
        assert cluster.copy() == cluster.foreign, "a foreign Secret is never changed or deleted"


def as_wanted(cluster: Shared, claim: Claim) -> None:
    """What is ours is as the policy says."""
    copy = cluster.copy()
    if claim.intent is Intent.KEEP:
        assert copy is not None
        assert is_ours(copy, UID)
        assert copy["data"][".dockerconfigjson"] == claim.data
    else:
        assert copy is None or not is_ours(copy, UID)
    for account, theirs in cluster.theirs.items():
        names = names_in(cluster.store.get(SERVICE_ACCOUNT, account, "web"))
        wanted = claim.intent is Intent.KEEP and claim.attach.wants(account)
        assert wanted <= ("harbor" in names)
        assert (not wanted and "harbor" not in theirs) <= ("harbor" not in names)
