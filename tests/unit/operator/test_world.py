"""What policies want of namespaces, and what a ServiceAccount should list."""

import asyncio

import pytest

from pullsecret.core.objects import NAMESPACE, SECRET, SERVICE_ACCOUNT
from pullsecret.core.plan import Intent
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET, EXCLUDE, POLICY_UID, PULL_SECRET
from pullsecret.core.policy.status import Failure
from pullsecret.core.watching import Change, ChangeType
from pullsecret.operator.world import World
from support.syncing import OWN_SPEC, SPEC, a_content, a_copy, a_namespace, an_account, foreign, whole

OLD, NEW, GONE = "2026-11-21T12:00:00Z", "2026-11-21T13:00:00Z", "2026-11-21T14:00:00Z"
KINDS = {
    "ClusterPullSecret": CLUSTER_PULL_SECRET, "PullSecret": PULL_SECRET, "Namespace": NAMESPACE,
    "Secret": SECRET, "ServiceAccount": SERVICE_ACCOUNT,
}  # fmt: skip


def a_world(*objs):
    world = World()
    for obj in objs:
        obj["metadata"].setdefault("resourceVersion", "1")
        kind = KINDS[obj["kind"]]
        world.store_of(kind).take(Change(ChangeType.ADDED, obj))
        if kind in (CLUSTER_PULL_SECRET, PULL_SECRET):
            state = world.states.see({"status": {"secretNames": [obj["spec"]["secretName"]]}, **obj})
            state.hand_out(a_content())
            state.reconciled = True
    return world


def wide(name="wide", *, created=OLD, spec=None, **metadata):
    return whole(
        {**SPEC, "secretName": "harbor", **(spec or {})},
        **{"name": name, "uid": name, "creationTimestamp": created, **metadata},
    )


def own(name="own", **metadata):
    spec = {**OWN_SPEC, "secretName": "harbor"}
    return whole(spec, kind="PullSecret", name=name, uid=name, creationTimestamp=NEW, **metadata)


def claims(world, name, namespace="shop"):
    (state,) = [state for state in world.states if state.key.name == name]
    return [(c.intent, c.policy.secret_name, c.beaten_by) for c in world.claims(state, namespace)]


@pytest.mark.parametrize(
    ("others", "name", "expected"),
    [
        pytest.param([], "wide", [(Intent.KEEP, "harbor", "")], id="alone"),
        pytest.param(
            [own()], "wide", [(Intent.KEEP, "harbor", "PullSecret shop/own")], id="a-pull-secret-wins"
        ),
        pytest.param([own()], "own", [(Intent.KEEP, "harbor", "")], id="the-pull-secret"),
        pytest.param(
            [wide("new", created=NEW)], "new", [(Intent.KEEP, "harbor", "ClusterPullSecret wide")],
            id="the-older-wins",
        ),
        pytest.param([wide("new", created=NEW)], "wide", [(Intent.KEEP, "harbor", "")], id="the-older"),
        pytest.param(
            [wide("new", created=NEW, spec={"namespaces": {"include": ["none"]}})], "new",
            [(Intent.DROP, "harbor", "ClusterPullSecret wide")], id="not-meant-and-inherited",
        ),
        pytest.param(
            [wide("going", created=NEW, deletionTimestamp=GONE)], "going",
            [(Intent.DROP, "harbor", "ClusterPullSecret wide")], id="goes",
        ),
        pytest.param(
            [wide("orphan", deletionTimestamp=GONE, spec={"deletionPolicy": "Orphan"})], "orphan", [],
            id="orphan",
        ),
    ],
)  # fmt: skip
def test_what_a_policy_wants(others, name, expected):
    assert claims(a_world(a_namespace("shop"), wide(), *others), name) == expected


def test_where_it_has_no_say():
    world = a_world(a_namespace("shop"), a_namespace("web"), own())
    assert claims(world, "own", "web") == []
    assert claims(world, "own", "not-seen-yet") == []


def test_a_renamed_one_comes_first_and_nothing_goes_without_content():
    obj = {**wide(spec={"secretName": "new"}), "status": {"secretNames": ["harbor", "middle", "new"]}}
    world = a_world(a_namespace("shop"), obj)
    former = [(Intent.DROP, "harbor", ""), (Intent.DROP, "middle", "")]
    assert claims(world, "wide") == [(Intent.KEEP, "new", ""), *former]
    for state in world.states:
        state.content = None
    assert claims(world, "wide") == []


def test_no_copy_has_a_name_that_the_status_does_not_tell():
    obj = {**wide(spec={"secretName": "new"}), "status": {"secretNames": ["harbor"]}}
    world = a_world(a_namespace("shop"), obj)
    assert claims(world, "wide") == []
    assert world.names_for(a_namespace("shop"), "default") == (), "nor is it promised"


LEFT = {"namespace": "shop", "annotations": {"pullsecret.dev/policy-uid": "wide"}}
OUT = {"pullsecret.dev/exclude": "true"}


@pytest.mark.parametrize(
    ("objs", "left"),
    [
        pytest.param([], False, id="nothing"),
        pytest.param([a_copy(metadata=LEFT)], True, id="a-copy"),
        pytest.param([a_copy(metadata={**LEFT, "labels": OUT})], True, id="one-that-opted-out"),
        pytest.param([a_copy(metadata={**LEFT, "name": "other"})], False, id="of-another-name"),
        pytest.param([foreign(metadata={"namespace": "shop"})], False, id="a-foreign-one"),
        pytest.param(
            [an_account("default", "harbor", attached="harbor", namespace="shop")], True, id="a-list-of-names"
        ),
        pytest.param(
            [an_account("default", "harbor", namespace="shop")], False, id="a-name-that-others-put-there"
        ),
        pytest.param(
            [an_account("default", attached="harbor", namespace="shop"),
             a_copy(metadata={**LEFT, "annotations": {"pullsecret.dev/policy-uid": "another"}})],
            False, id="a-name-of-another-policy",
        ),
    ],
)  # fmt: skip
def test_what_is_left_of_a_name(objs, left):
    world = a_world(a_namespace("shop"), wide(spec={"secretName": "new"}), *objs)
    (state,) = world.states
    assert world.handover.has_left(state, "harbor") == left


def marked(uid, **parts):
    return a_copy(
        metadata={"namespace": "shop", "annotations": {POLICY_UID: uid, **parts.pop("marks", {})}}, **parts
    )


@pytest.mark.parametrize(
    ("secret", "heir"),
    [
        pytest.param(marked("going"), "ClusterPullSecret wide", id="as-it-is"),
        pytest.param(marked("wide"), "ClusterPullSecret wide", id="taken-over-already"),
        pytest.param(marked("going", immutable=True), "", id="immutable"),
        pytest.param(marked("going", type="Opaque"), "", id="another-type"),
        pytest.param(marked("going", marks={EXCLUDE: "true"}), "", id="opted-out"),
        pytest.param(foreign(metadata={"namespace": "shop"}), "", id="foreign"),
    ],
)
def test_what_can_be_inherited(secret, heir):
    world = a_world(a_namespace("shop"), wide(), wide("going", deletionTimestamp=GONE), secret)
    assert claims(world, "going") == [(Intent.DROP, "harbor", heir)]


def test_the_entries_of_a_name_that_another_promises_are_that_ones():
    """It has nothing to hand out, but the webhook puts its name in: who leaves has nothing to undo."""
    there = an_account("default", attached="harbor", namespace="shop")
    world = a_world(a_namespace("shop"), wide(), wide("b", spec={"namespaces": {"include": ["b*"]}}), there)
    promising, leaving = (next(s for s in world.states if s.key.name == name) for name in ("wide", "b"))
    promising.content, promising.observed = None, promising.generation
    assert claims(world, "b") == [(Intent.DROP, "harbor", "ClusterPullSecret wide")]
    assert not world.handover.has_left(leaving, "harbor")
    assert world.handover.awaited(leaving) == []


@pytest.mark.parametrize(
    ("reason", "heir"),
    [
        pytest.param("SecretConflict", "PullSecret shop/own", id="beaten-until-now"),
        pytest.param("SecretInUse", "PullSecret shop/own", id="of-another-name"),
        pytest.param("Invalid", "", id="refused"),
    ],
)
def test_who_tried_to_take_over_and_failed_is_not_waited_for(reason, heir):
    """Nor is anybody else: the one that has precedence keeps the others from writing."""
    going = wide("going", deletionTimestamp=GONE)
    world = a_world(a_namespace("shop"), wide(), own(), going, marked("going"))
    (failing,) = [state for state in world.states if state.key.name == "own"]
    (state,) = [state for state in world.states if state.key.name == "going"]
    failing.failures["shop"] = Failure("shop", reason, "no")
    assert claims(world, "going") == [(Intent.DROP, "harbor", heir)]
    assert world.handover.awaited(state) == ([("shop", heir)] if heir else [])
    assert world.unfinished(state) == ["shop"]


def reading(name, secret_name="other", **metadata):
    """Give a policy that reads its credential from the copy `harbor` in `shop`."""
    credentials = [{"type": "DockerConfig", "secretRef": {"namespace": "shop", "name": "harbor"}}]
    return wide(name, spec={"secretName": secret_name, "credentials": credentials}, **metadata)


@pytest.mark.parametrize(
    ("other", "used_by"),
    [
        pytest.param(reading("reads"), "ClusterPullSecret reads", id="read-from"),
        pytest.param(reading("reads", "Not A Name"), "ClusterPullSecret reads", id="by-what-is-not-sound"),
        pytest.param(reading("reads", deletionTimestamp=GONE), "", id="by-what-goes-too"),
        pytest.param(wide("else", spec={"secretName": "other"}), "", id="not-read-from"),
    ],
)
def test_what_is_a_source_is_left(other, used_by):
    world = a_world(a_namespace("shop"), wide("going", deletionTimestamp=GONE), other, marked("going"))
    (state,) = [state for state in world.states if state.key.name == "going"]
    (claim,) = world.claims(state, "shop")
    assert claim.used_by == used_by
    assert world.handover.used(state) == ([("shop/harbor", used_by)] if used_by else [])
    assert world.unfinished(state) == ([] if used_by else ["shop"]), "the finalizer does not wait for it"


def test_a_former_copy_that_is_a_source_is_not_forgotten():
    renamed = {**wide(spec={"secretName": "new"}), "status": {"secretNames": ["harbor", "new"]}}
    world = a_world(a_namespace("shop"), renamed, reading("reads"), marked("wide"))
    (state,) = [state for state in world.states if state.key.name == "wide"]
    assert world.handover.has_left(state, "harbor")


def test_nobody_takes_over_what_its_owner_reads_from():
    world = a_world(a_namespace("shop"), reading("self", "harbor"), wide(created=NEW), marked("self"))
    (one, other) = (next(s for s in world.states if s.key.name == name) for name in ("self", "wide"))
    (leaving,), (kept,) = world.claims(one, "shop"), world.claims(other, "shop")
    assert (leaving.intent, leaving.used_by, leaving.beaten_by) == (Intent.DROP, "ClusterPullSecret self", "")
    assert kept.rivals == frozenset()


def test_who_has_to_give_way():
    world = a_world(
        a_namespace("shop"), wide(), wide("new", created=NEW), wide("going", deletionTimestamp=GONE),
        wide("unsound", spec={"x": 1}),
        {**wide("renamed", spec={"secretName": "other"}), "status": {"secretNames": ["harbor"]}},
        own("elsewhere", namespace="web"),
        wide("stay", deletionTimestamp=GONE, spec={"deletionPolicy": "Orphan"}),
    )  # fmt: skip
    (state,) = [state for state in world.states if state.key.name == "wide"]
    (claim,) = world.claims(state, "shop")
    assert claim.rivals == {"new", "going", "renamed"}, (
        "what cannot be read, or leaves its copies, keeps its own"
    )


@pytest.mark.parametrize(
    ("namespace", "meant"),
    [
        pytest.param(a_namespace("shop"), True, id="chosen"),
        pytest.param(a_namespace("other"), False, id="not-chosen"),
        pytest.param(a_namespace("shop", deletionTimestamp=GONE), False, id="goes"),
        pytest.param(a_namespace("shop", labels={"pullsecret.dev/exclude": "true"}), False, id="opted-out"),
    ],
)
def test_which_namespaces_count(namespace, meant):
    world = a_world(namespace, wide(spec={"namespaces": {"include": ["shop"]}}))
    (state,) = world.states
    assert bool(list(world.meant(state.policy))) == meant


def test_where_something_may_be_left():
    world = a_world(
        *map(a_namespace, ("shop", "copies", "attached", "told", "nothing")),
        wide(spec={"namespaces": {"include": ["shop"]}}),
        a_copy(metadata={"namespace": "copies", "annotations": {"pullsecret.dev/policy-uid": "wide"}}),
        an_account("default", "harbor", attached="harbor", namespace="attached"),
    )
    (state,) = world.states
    state.failures["told"] = Failure("told", "x", "y")
    assert world.touched(state) == {"shop", "copies", "attached", "told"}
    assert world.touched(a_world(own()).states.of_secret("harbor")[0]) == {"shop"}


ALL = {"attach": {"to": "All"}}
WIDES = a_copy(metadata=LEFT)


@pytest.mark.parametrize(
    ("objs", "account", "names"),
    [
        pytest.param([wide()], "default", ("harbor",), id="named"),
        pytest.param([wide()], "builder", (), id="not-named"),
        pytest.param([wide(spec=ALL)], "builder", ("harbor",), id="all"),
        pytest.param([own(), wide(spec=ALL)], "builder", (), id="as-the-winner-says"),
        pytest.param([own(), wide(spec=ALL), WIDES], "builder", ("harbor",), id="as-who-has-the-copy-says"),
        pytest.param([wide(), wide("b", spec={"secretName": "b"})], "default", ("b", "harbor"), id="two"),
        pytest.param([wide(deletionTimestamp=GONE)], "default", (), id="goes"),
        pytest.param([wide(), foreign(metadata={"namespace": "shop"})], "default", (), id="foreign-there"),
        pytest.param(
            [wide(), WIDES],
            "default", ("harbor",), id="ours-there",
        ),
    ],
)  # fmt: skip
def test_the_names_for_the_webhook(objs, account, names):
    world = a_world(a_namespace("shop"), *objs)
    assert world.names_for(a_namespace("shop"), account) == names
    assert world.names_for(a_namespace("shop", annotations={"pullsecret.dev/exclude": "true"}), account) == ()


async def test_waiting_for_a_namespace():
    world = World()
    short, long = (asyncio.create_task(world.await_namespace("web", s)) for s in (0.01, 5.0))
    assert await short is None
    world.namespaces.put(a_namespace("web", resourceVersion="1"))
    world.appeared("web")
    world.appeared("another")
    assert await asyncio.wait_for(long, 1) is not None, "who gave up took nobody's turn"
    assert await world.await_namespace("web", 0) is not None
