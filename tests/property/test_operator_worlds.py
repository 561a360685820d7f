"""Whatever people do, in whatever order watches tell of it: one owner a name, nothing foreign, and rest.

The cluster is the imitation, which checks versions as the API server does. Policies come, change and go,
others write Secrets and ServiceAccounts, namespaces opt out, sources break, the operator dies, at rest or
between any two of its writes: at the end, once everything is sound again, it is as an account that knows
nothing of the operator's says, and when all policies are gone, nothing of theirs is left under any name.
"""

import asyncio
from collections.abc import Coroutine, Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pullsecret.core.objects import NAMESPACE, SECRET, SERVICE_ACCOUNT, Object, annotations_of, uid_of
from pullsecret.core.policy.model import SecretRef
from pullsecret.core.policy.names import (
    ATTACHED,
    CLUSTER_PULL_SECRET,
    POLICY_UID,
    PULL_SECRET,
)
from support.clusters import names_in
from support.engines import Engine
from support.operating import password_of
from support.people import ACCOUNTS, KINDS, NAMES, POLICIES, TEAMS, Crash, People

a_policy, a_name = st.sampled_from(sorted(POLICIES)), st.sampled_from(NAMES)
a_team, an_account = st.sampled_from(TEAMS), st.sampled_from(ACCOUNTS)
ATTACH = st.sampled_from([
    {"to": "None"}, {"to": "All"}, {"to": "Named", "serviceAccounts": ["default"]},
    {"to": "Named", "serviceAccounts": ["builder"]},
])  # fmt: skip
INCLUDE = st.sampled_from([["*"], ["web"], ["shop"], ["none"]])
SPECS = st.fixed_dictionaries(
    {"secretName": a_name, "attach": ATTACH},
    optional={"deletionPolicy": st.sampled_from(["Delete", "Orphan"])},
)
ACTIONS = st.one_of(
    st.tuples(st.just("make"), a_policy, SPECS, INCLUDE),
    st.tuples(st.just("make"), a_policy, SPECS, INCLUDE),
    st.tuples(st.just("rename"), a_policy, a_name),
    st.tuples(st.just("rename"), a_policy, a_name),
    st.tuples(st.just("mean"), a_policy, INCLUDE),
    st.tuples(st.just("attach"), a_policy, ATTACH),
    st.tuples(st.just("remove"), a_policy),
    st.tuples(st.just("break"), a_policy),
    st.tuples(st.just("read"), st.sampled_from([*NAMES, "login-own"])),
    st.tuples(st.just("rotate"), a_policy, st.sampled_from(["one", "two"])),
    st.tuples(st.just("take"), a_team, a_name),
    st.tuples(st.just("free"), a_team, a_name),
    st.tuples(st.just("edit"), a_team, a_name),
    st.tuples(st.just("lose"), a_team, a_name),
    st.tuples(st.just("list"), a_team, an_account, a_name),
    st.tuples(st.just("unlist"), a_team, an_account, a_name),
    st.tuples(st.just("leave"), a_team),
    st.tuples(st.just("return"), a_team),
    st.tuples(st.just("relist"), st.sampled_from([NAMESPACE, SECRET, CLUSTER_PULL_SECRET, PULL_SECRET])),
    st.tuples(st.just("die")),
    st.tuples(st.just("crash"), st.integers(0, 5)),
)
PLANS = st.lists(st.tuples(ACTIONS, st.integers(0, 12)), min_size=1, max_size=25)

RENAMES = st.one_of(
    st.tuples(st.just("rename"), st.just("a"), a_name),
    st.tuples(st.just("rename"), st.just("a"), a_name),
    st.tuples(st.just("crash"), st.integers(0, 5)),
    st.tuples(st.just("die")),
    st.tuples(st.just("take"), a_team, a_name),
    st.tuples(st.just("free"), a_team, a_name),
    st.tuples(st.just("leave"), a_team),
    st.tuples(st.just("return"), a_team),
    st.tuples(st.just("break"), st.just("a")),
    st.tuples(st.just("rotate"), st.just("a"), st.just("two")),
)
FIRST = (("make", "a", {"secretName": "x", "attach": {"to": "All"}}, ["*"]), 30)
OWN = (("make", "own", {"secretName": "y", "attach": {"to": "All"}}, []), 12)
READS = st.lists(
    st.tuples(
        st.one_of(
            st.tuples(st.just("read"), a_name),
            st.tuples(st.just("mean"), st.just("a"), INCLUDE),
            st.tuples(st.just("rename"), st.sampled_from(["a", "own"]), a_name),
            st.tuples(st.just("make"), st.sampled_from(["b", "own"]), SPECS, INCLUDE),
            st.tuples(st.just("remove"), st.sampled_from(["a", "own"])),
            st.tuples(st.just("die")),
        ),
        st.integers(0, 12),
    ),
    min_size=2, max_size=12,
).map(lambda plan: [FIRST, OWN, *plan])  # fmt: skip
RENAMINGS = st.lists(st.tuples(RENAMES, st.integers(0, 12)), min_size=2, max_size=12).map(
    lambda plan: [FIRST, *plan]
)


@settings(max_examples=60)
@given(plan=PLANS, order=st.randoms(use_true_random=False))
def test_it_comes_to_rest_as_it_should(plan: list[Any], order: Any) -> None:
    asyncio.run(lived(plan, order.randrange))


@settings(max_examples=60)
@given(plan=RENAMINGS, order=st.randoms(use_true_random=False))
def test_no_name_of_before_is_forgotten(plan: list[Any], order: Any) -> None:
    asyncio.run(lived(plan, order.randrange))


@settings(max_examples=60)
@given(plan=READS, order=st.randoms(use_true_random=False))
def test_nobody_deletes_what_a_policy_is_made_of(plan: list[Any], order: Any) -> None:
    asyncio.run(lived(plan, order.randrange))


async def lived(plan: list[Any], choose: Any) -> None:
    people = People()
    engine = Engine(people)
    for (what, *words), steps in plan:
        if what == "die":
            engine.stop()
            engine = Engine(people)
        elif what == "relist":
            engine.relist(words[0])
        else:
            people.do(what, *words)
        for _ in range(steps):
            source = people.there(SECRET, read, "web") if (read := known_to_be_read(people, engine)) else None
            if possible := engine.steps():
                engine = await alive(engine, engine.step(*possible[choose(len(possible))]))
            untouched(people)
            assert source is None or people.there(SECRET, read, "web"), "the operator deleted a source"
    for name in POLICIES:
        people.do_rotate(name, "last")
    people.do_read("login-own")
    for team in TEAMS:
        people.do_return(team)
    engine = await alive(engine, engine.settle(choose))
    await engine.settle(choose)
    untouched(people)
    as_wanted(people)
    at_rest = people.store.resource_version
    engine.stop()
    await Engine(people).settle(choose)
    assert people.store.resource_version == at_rest, "who starts anew finds nothing to write"
    await gone(people, choose)


def known_to_be_read(people: People, engine: Engine) -> str:
    """Name what the team's policy is made of, once the operator was told so."""
    told = {state.key.name for state in engine.world.states.of_source(SecretRef("web", people.read()))}
    return people.read() if "own" in told else ""


async def alive(engine: Engine, doing: Coroutine[Any, Any, None]) -> Engine:
    """Let an operator do something; give the one that runs then: another, where it was killed."""
    try:
        await doing
    except Crash:
        engine.stop()
        return Engine(engine.cluster)
    return engine


async def gone(people: People, choose: Any) -> None:
    """Deletion converges: all policies go, and what was theirs with them."""
    for name in POLICIES:
        people.do_remove(name)
    people.do_crash(choose(6))
    engine = Engine(people)
    engine = await alive(engine, engine.settle(choose))
    await engine.settle(choose)
    untouched(people)
    assert not [obj for name in POLICIES if (obj := people.there(KINDS[name], name, POLICIES[name]))]
    if not people.orphans:
        as_wanted(people)


def untouched(people: People) -> None:
    """What is others' is as they made it."""
    for (team, name), secret in people.theirs.items():
        assert people.there(SECRET, name, team) == secret
    for (team, account), names in people.listed.items():
        assert names <= set(names_in(people.store.get(SERVICE_ACCOUNT, account, team)))


def as_wanted(people: People) -> None:
    """There is exactly what the policies that are left say."""
    for team in TEAMS:
        for name in NAMES:
            owner = owner_of(people, team, name)
            check_copy(people, team, name, owner)
            for account in ACCOUNTS:
                check_account(people, team, account, name, owner)


def owner_of(people: People, team: str, name: str) -> Object | None:
    """Tell by the design's words alone who has a name: a `PullSecret`, else the older."""
    return min(
        wanting(people, team, name),
        key=lambda obj: (obj["kind"] != "PullSecret", obj["metadata"]["creationTimestamp"]),
        default=None,
    )


def wanting(people: People, team: str, name: str) -> Iterator[Object]:
    for policy, where in POLICIES.items():
        obj = people.there(KINDS[policy], policy, where)
        if obj is None or obj["spec"].get("secretName") != name:
            continue
        include = [where] if where else obj["spec"]["namespaces"]["include"]
        if "*" in include or team in include:
            yield obj


def check_copy(people: People, team: str, name: str, owner: Object | None) -> None:
    secret = people.there(SECRET, name, team)
    if (team, name) in people.theirs:
        return
    keeper = annotations_of(secret).get(POLICY_UID) if secret else None
    if owner is None:
        assert secret is None or people.orphans or renamed_in_vain(people, team, name)
    elif not (people.orphans and keeper not in (None, uid_of(owner))):  # an orphan's name stays its own
        assert keeper == uid_of(owner)
        assert secret is not None
        assert password_of(secret, "r.io") == f"{owner['metadata']['name']}-last"


def renamed_in_vain(people: People, team: str, name: str) -> bool:
    """Tell whether somebody's copy has its former name because the new one is another's there."""
    keeper = annotations_of(people.store.get(SECRET, name, team)).get(POLICY_UID)
    for policy, where in POLICIES.items():
        obj = people.there(KINDS[policy], policy, where)
        if obj is not None and uid_of(obj) == keeper:
            new = obj["spec"]["secretName"]
            owner = owner_of(people, team, new)
            return obj in wanting(people, team, new) and ((team, new) in people.theirs or owner != obj)
    return False


def check_account(people: People, team: str, account: str, name: str, owner: Object | None) -> None:
    obj = people.store.get(SERVICE_ACCOUNT, account, team)
    names, ours = names_in(obj), annotations_of(obj).get(ATTACHED, "").split(",")
    assert len(names) == len(set(names))
    if people.orphans or (team, name) in people.theirs:
        return
    if owner is None and people.there(SECRET, name, team):  # checked already
        return
    attach = owner["spec"]["attach"] if owner else {"to": "None"}
    wanted = attach["to"] == "All" or account in attach.get("serviceAccounts", ())
    listed = name in people.listed[team, account]
    assert (name in names) == (wanted or listed)
    assert wanted or name not in ours
