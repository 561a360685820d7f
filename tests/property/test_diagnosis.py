"""Whatever is found in a cluster, a diagnosis comes of it, and no credential comes with it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pullsecret.core.causes import Cause
from pullsecret.core.credentials import ANONYMOUS
from pullsecret.core.diagnosis import diagnose, fold, wanted_probes
from pullsecret.core.diagnosis.model import Event, PodFacts, Probe, Snapshot
from pullsecret.core.pullsecrets import KEYS, Secret

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
PASSWORD = "kGq7-hush-hush-Zx9"
NAMES = ("pull", "other", "absent")
IMAGES = (
    "harbor.example.com/lnmp/nginx:v2",
    "nginx",
    "harbor.example.com:8443/a@sha256:" + "0" * 64,
    "UPPER/x",
    "",
)
REASONS = (
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "ErrImageNeverPull",
    "ContainerCreating",
    "",
    "odd",
)
WORDS = (
    "401 Unauthorized",
    ": not found",
    "no such host",
    "illegal base64 data at input byte 0",
    "no space left on device",
    "pull access denied",
    "no match for platform in manifest",
    "",
    f"https://robot:{PASSWORD}@harbor.example.com/v2/",
    f"Authorization: Bearer {PASSWORD}",
)
MOMENTS = ("2026-11-22T07:30:00Z", "2026-11-22T07:59:30Z", "yesterday", "", None, 7)

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)


def mostly(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Ten times what should be there, and once something else."""
    return st.integers(0, 10).flatmap(lambda n: strategy if n else anything)


def a_list(of: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return mostly(st.lists(mostly(of), max_size=2))


names = st.fixed_dictionaries({}, optional={"name": mostly(st.sampled_from((*NAMES, "")))})
containers = st.fixed_dictionaries(
    {"name": mostly(st.sampled_from(("web", "side"))), "image": mostly(st.sampled_from(IMAGES))},
    optional={"imagePullPolicy": mostly(st.sampled_from(("Always", "Never")))},
)
messages = st.tuples(st.sampled_from(IMAGES), st.sampled_from(WORDS)).map(
    lambda pair: f'Failed to pull image "{pair[0]}": {pair[1]}'
)
waiting = st.fixed_dictionaries({"reason": st.sampled_from(REASONS), "message": mostly(messages)})
states = mostly(
    st.fixed_dictionaries({"waiting": mostly(waiting)})
    | st.just({"running": {}})
    | st.just({"terminated": {}})
)
statuses = st.fixed_dictionaries({"name": mostly(st.sampled_from(("web", "side"))), "state": states})
owners = st.fixed_dictionaries(
    {
        "apiVersion": st.just("apps/v1"),
        "kind": st.sampled_from(("ReplicaSet", "Job")),
        "name": st.just("web"),
        "uid": st.just("u"),
        "controller": st.just(True),
    }
)
pods = st.fixed_dictionaries(
    {
        "metadata": mostly(
            st.fixed_dictionaries(
                {"name": st.just("web-1"), "namespace": st.just("shop")},
                optional={
                    "creationTimestamp": st.sampled_from(MOMENTS),
                    "ownerReferences": a_list(owners),
                    "deletionTimestamp": st.sampled_from(MOMENTS),
                    "annotations": anything,
                },
            )
        ),
        "spec": mostly(
            st.fixed_dictionaries(
                {"containers": a_list(containers)},
                optional={
                    "initContainers": a_list(containers),
                    "imagePullSecrets": a_list(names),
                    "nodeName": mostly(st.just("node1")),
                    "volumes": a_list(
                        st.fixed_dictionaries(
                            {"name": st.just("v"), "image": st.just({"reference": IMAGES[0]})}
                        )
                    ),
                    "serviceAccountName": mostly(st.sampled_from(("default", "ci"))),
                },
            )
        ),
        "status": mostly(
            st.fixed_dictionaries(
                {"containerStatuses": a_list(statuses)},
                optional={
                    "initContainerStatuses": a_list(statuses),
                    "phase": mostly(st.sampled_from(("Pending", "Running", "Failed"))),
                },
            )
        ),
    }
)
events = st.builds(
    Event,
    st.sampled_from(("Failed", "Pulled", "Pulling", "FailedCreatePodSandBox", "InspectFailed")),
    messages
    | st.sampled_from(WORDS)
    | st.just('failed to get sandbox image "registry.k8s.io/pause:3.8": odd'),
    st.integers(0, 5),
    st.none() | st.integers(0, 600).map(lambda seconds: NOW - timedelta(seconds=seconds)),
    st.sampled_from(("", "web", "side")),
)
facts = st.builds(
    PodFacts,
    pods,
    st.lists(events, max_size=3).map(tuple),
    st.sampled_from(("", "deployment/web", "job/web")),
    st.none() | st.just(()) | st.just(("pull",)),
    st.sampled_from(("", "linux/amd64")),
)
contents = st.sampled_from(
    (
        f'{{"auths": {{"harbor.example.com": {{"username": "robot", "password": "{PASSWORD}"}}}}}}',
        f'{{"auths": {{"harbor.example.com": {{"password": "{PASSWORD}"}}}}}}',
        f'{{"auths": {{"harbor.example.com:8443": {{"username": "robot", "password": "{PASSWORD}"}}}}}}',
        f'{{"auths": {{"http://r:{PASSWORD}@harbor.example.com": {{"username": "r", "password": "x"}}}}}}',
        f'{{"auths": {{"harbor.example.com": {{"auth": "{PASSWORD}"}}}}}}',
        '{"auths": {"harbor.example.com": {}}}',
        '{"auths": {}}',
        "[]",
        "",
        "{",
    )
)


@st.composite
def secrets(draw: st.DrawFn, name: str) -> Secret:
    kind = draw(st.sampled_from((*KEYS, "Opaque")))
    key = draw(st.sampled_from((*KEYS.values(), "odd")))
    return Secret.from_decoded(
        {
            "type": kind,
            "data": {key: draw(contents)},
            "metadata": {
                "name": name,
                "namespace": "shop",
                "creationTimestamp": draw(st.sampled_from(MOMENTS)),
            },
        }
    )


accounts = st.none() | st.fixed_dictionaries(
    {"metadata": mostly(st.just({}))}, optional={"imagePullSecrets": a_list(names)}
)
causes = st.none() | st.sampled_from(list(Cause))
probes = st.builds(
    Probe, causes, st.just("says so"), st.just("do so"), platforms=st.sampled_from(((), ("linux/arm64",)))
)


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    taken = Snapshot(
        pods=tuple(draw(st.lists(facts, min_size=1, max_size=3))),
        now=NOW,
        secrets={
            ("shop", name): draw(st.none() | secrets(name)) for name in draw(st.sets(st.sampled_from(NAMES)))
        },
        unreadable=frozenset(("shop", name) for name in draw(st.sets(st.sampled_from(NAMES)))),
        accounts={
            ("shop", name): draw(accounts) for name in draw(st.sets(st.sampled_from(("default", "ci"))))
        },
        elsewhere=draw(st.just({}) | st.just({"absent": ("platform",)})),
        changed=draw(st.just({}) | st.just({("shop", "pull"): NOW})),
    )
    asked = wanted_probes(taken, on_node=draw(st.booleans()))
    said = {(str(image), credential): draw(probes) for image, credential in asked}
    said |= {(str(image), ANONYMOUS): draw(probes) for image, _ in asked[:1]}
    return Snapshot(
        taken.pods,
        NOW,
        taken.secrets,
        taken.unreadable,
        taken.accounts,
        taken.elsewhere,
        said,
        (),
        taken.changed,
    )


@given(snapshots())
def test_a_diagnosis_comes_of_anything_and_shows_no_credential(snapshot: Snapshot) -> None:
    diagnosis = diagnose(snapshot)

    for item in (*diagnosis.items, *diagnosis.notes):
        assert item.summary
        assert item.cause not in item.alternatives
        shown = [item.summary, item.image, *item.evidence, *(fix.description for fix in item.fixes)]
        shown += [str(fix.command) for fix in item.fixes]
        assert not [text for text in shown if PASSWORD in text]
    assert sum(finding.count for finding in fold(diagnosis.items)) <= len(diagnosis.items)
    assert diagnose(snapshot) == diagnosis
