"""What kubectl and logs print: each different failure in it is explained once."""

import json
from pathlib import Path

import pytest

from pullsecret.core.causes import Cause
from pullsecret.core.explain import explain_objects, explain_text
from pullsecret.core.explain.report import LINE_MAX, line_of

DATA = Path(__file__).parents[3] / "data"


def printed(name: str) -> str:
    """Give what kubectl, or the kubelet, printed; names are invented."""
    return (DATA / "kubectl" / name).read_text()


DESCRIBED_ALONE = """\
Name:         web
Namespace:    shop
Annotations:  note: unauthorized: authentication required
Containers:
  a:
    Image:          reg.test/a:1
    State:          Waiting
      Reason:       ImagePullBackOff
  b:
    Image:          reg.test/b:1
    State:          Waiting
      Reason:       ErrImageNeverPull
  c:
    Image:          reg.test/c:1
    State:          Waiting
      Reason:       CrashLoopBackOff
Events:           <none>
"""


def told(text):
    return [
        (each.explanation.cause, each.explanation.image, each.pods, each.times, each.number)
        for each in explain_text(text)
    ]


@pytest.mark.parametrize(
    ("text", "want"),
    [
        pytest.param(
            printed("describe.txt"),
            [
                (Cause.SECRET_MISSING, "", ("shop/web-7d9f",), 1, 14),
                (Cause.AUTH_MISSING, "reg.test/team/app:1.0", ("shop/web-7d9f",), 1, 16),
                (Cause.RATE_LIMITED, "docker.io/library/busybox:1", ("shop/job-1",), 1, 27),
            ],
            id="describe",
        ),
        pytest.param(
            printed("get-events-all.txt"),
            [
                (Cause.INVALID_IMAGE_NAME, "reg.test/Web", ("shop/web",), 1, 3),
                (Cause.IMAGE_NOT_FOUND, "reg.test/a:1", ("batch/a", "batch/b"), 2, 6),
            ],
            id="get events -A",
        ),
        pytest.param(
            printed("get-events-wide.txt"),
            [(Cause.PULL_THROTTLED, "reg.test/a:1", ("web",), 1, 2)],
            id="get events -o wide",
        ),
        pytest.param(
            printed("describe-1.5.txt"),
            [(Cause.IMAGE_NOT_FOUND, "reg.test/a:1", (), 1, 4)],
            id="describe of old",
        ),
        pytest.param(
            printed("kubelet.log"), [(Cause.DISK_FULL, "reg.test/a:1", (), 2, 3)], id="the kubelet's log"
        ),
        pytest.param(
            printed("get-pods.txt"),
            [
                (Cause.UNKNOWN, "", ("shop/web", "shop/web2"), 2, 3),
                (Cause.NEVER_PULL, "", ("shop/never",), 1, 5),
            ],
            id="get pods",
        ),
        pytest.param(printed("describe-healthy.txt"), [], id="describe of a Pod that only fails its probes"),
        pytest.param(
            printed("get-events-mixed.txt"),
            [
                (Cause.UNAUTHORIZED, "reg.test/team/app:1", ("web-1",), 1, 3),
                (Cause.SECRET_MISSING, "", ("web-1",), 1, 7),
            ],
            id="events of other things among those of a pull",
        ),
        pytest.param(
            printed("kubelet-journal.log"),
            [
                (Cause.TLS_INVALID_CERTIFICATE, "reg.test/team/app:1", ("shop/web-1",), 4, 2),
                (Cause.SECRET_MISSING, "", ("shop/web-1",), 1, 8),
            ],
            id="the kubelet's journal",
        ),
        pytest.param(
            printed("containerd-journal.log"),
            [
                (Cause.IMAGE_NOT_FOUND, "reg.test/team/app:1", (), 1, 3),
                (Cause.DNS_FAILURE, "reg2.test/x:1", (), 1, 6),
            ],
            id="containerd's journal",
        ),
        pytest.param(
            printed("crio-journal.log"),
            [(Cause.NETWORK_TIMEOUT, "reg.test/a:1", (), 1, 3)],
            id="CRI-O's journal",
        ),
        pytest.param(
            printed("crictl-pull.txt"),
            [(Cause.IMAGE_NOT_FOUND, "reg.test/team/app:9", (), 2, 1)],
            id="crictl pull",
        ),
        pytest.param(printed("docker-pull.txt"), [(Cause.NETWORK_TIMEOUT, "", (), 1, 1)], id="docker pull"),
        pytest.param("no such host", [(Cause.DNS_FAILURE, "", (), 1, 1)], id="one message"),
        pytest.param("hello", [(Cause.UNKNOWN, "", (), 1, 1)], id="nothing known"),
        pytest.param(
            "Error: hello\nError: world", [(Cause.UNKNOWN, "", (), 1, 1)], id="entries, but none about images"
        ),
        pytest.param("", [], id="empty"),
        pytest.param(
            DESCRIBED_ALONE,
            [
                (Cause.UNKNOWN, "reg.test/a:1", ("shop/web",), 1, 8),
                (Cause.NEVER_PULL, "reg.test/b:1", ("shop/web",), 1, 12),
            ],
            id="describe after the events are gone",
        ),
        pytest.param("Events:  <none>", [], id="no Pod either"),
        pytest.param("LAST SEEN   TYPE   REASON   OBJECT   MESSAGE\n", [], id="no events"),
        pytest.param('{"a": 1}', [(Cause.UNKNOWN, "", (), 1, 1)], id="other JSON"),
        pytest.param('{"a": ', [(Cause.UNKNOWN, "", (), 1, 1)], id="no JSON"),
        pytest.param('[["Pod"]]', [(Cause.UNKNOWN, "", (), 1, 1)], id="a list of lists"),
        pytest.param("[" * 100_000, [(Cause.UNKNOWN, "", (), 1, 1)], id="deep JSON"),
    ],
)
def test_texts(text, want):
    assert told(text) == want


def event(message, *, reason="Failed", pod="web", **more):
    return {
        "kind": "Event",
        "reason": reason,
        "message": message,
        "involvedObject": {"kind": "Pod", "namespace": "shop", "name": pod},
        **more,
    }


def pod(reason, message, *, statuses="containerStatuses", containers="containers"):
    return {
        "kind": "Pod",
        "metadata": {"namespace": "shop", "name": "web"},
        "spec": {containers: [{"name": "a", "image": "reg.test/a:1"}]},
        "status": {statuses: [{"name": "a", "state": {"waiting": {"reason": reason, "message": message}}}]},
    }


QPS = 'Failed to pull image "reg.test/a:1": pull QPS exceeded'


@pytest.mark.parametrize(
    ("objects", "want"),
    [
        pytest.param([event(QPS)], [(Cause.PULL_THROTTLED, "reg.test/a:1", ("shop/web",), 1)], id="event"),
        pytest.param([event(QPS, reason="FailedMount")], [], id="event about something else"),
        pytest.param([event("Error: failed to start", reason="Failed")], [], id="not about an image"),
        pytest.param(
            [{"kind": "Event", "reason": "Failed", "note": QPS, "regarding": {"name": "web"}}],
            [(Cause.PULL_THROTTLED, "reg.test/a:1", ("web",), 1)],
            id="event of events.k8s.io",
        ),
        pytest.param(
            [{"kind": "EventList", "items": [{k: v for k, v in event(QPS).items() if k != "kind"}]}],
            [(Cause.PULL_THROTTLED, "reg.test/a:1", ("shop/web",), 1)],
            id="typed list",
        ),
        pytest.param(
            [{"kind": "List", "items": [event(QPS), pod("ErrImagePull", "pull QPS exceeded")]}],
            [(Cause.PULL_THROTTLED, "reg.test/a:1", ("shop/web",), 2)],
            id="event and Pod tell the same",
        ),
        pytest.param(
            [pod("ImagePullBackOff", 'Back-off pulling image "reg.test/a:1"'), event(QPS)],
            [(Cause.PULL_THROTTLED, "reg.test/a:1", ("shop/web",), 1)],
            id="a back-off is told by the event",
        ),
        pytest.param(
            [pod("ImagePullBackOff", 'Back-off pulling image "reg.test/a:1"')],
            [(Cause.UNKNOWN, "reg.test/a:1", ("shop/web",), 1)],
            id="a back-off alone",
        ),
        pytest.param(
            [pod("ErrImagePull", "no basic auth credentials", statuses="initContainerStatuses",
                 containers="initContainers")],
            [(Cause.AUTH_MISSING, "reg.test/a:1", ("shop/web",), 1)],
            id="init container",
        ),
        pytest.param([pod("CrashLoopBackOff", "back-off 5m0s restarting")], [], id="another state"),
        pytest.param([{"kind": "Secret"}, None, 3, {"kind": "Pod", "status": []}], [], id="other things"),
    ],
)  # fmt: skip
def test_objects(objects, want):
    found = explain_objects(objects)
    assert [(e.explanation.cause, e.explanation.image, e.pods, e.times) for e in found] == want
    for form in (objects, {"kind": "List", "items": objects}):
        again = explain_text(json.dumps(form))
        assert [(e.explanation.cause, e.explanation.image, e.pods, e.times) for e in again] in (want, [])


MESSAGE_ALONE = {
    "closed": "network-timeout", "cut": "network-timeout", "docker-hub": "dns-failure",
    "forbidden": "credential-forbidden", "html": "mirror-misconfigured", "init-fails": "image-not-found",
    "internal-error": "registry-error", "invalid-certificate": "tls-invalid-certificate",
    "invalid-name-scheme": "invalid-image-name", "invalid-name": "invalid-image-name",
    "missing-digest": "image-not-found", "missing-repository": "image-not-found",
    "missing-tag": "image-not-found", "never-pull": "never-pull", "no-route": "network-timeout",
    "no-secret": "unauthorized", "plain-http": "http-https-mismatch",
    "platform-mismatch": "platform-mismatch",
    "platform-mismatch-image": None, "pod-predates-attach": "unauthorized", "rate-limited": "rate-limited",
    "redirect-loop": "registry-error", "refused": "connection-refused", "running": None,
    "second-fails": "image-not-found", "secret-malformed": "secret-malformed",
    "secret-malformed-array": "secret-malformed", "secret-malformed-entry": "secret-malformed",
    "secret-malformed-field": "secret-malformed", "secret-malformed-no-colon": "secret-malformed",
    "secret-malformed-padding": "unauthorized", "secret-missing": "unauthorized",
    "secret-no-credential": "unauthorized", "secret-wrong-host": "unauthorized",
    "secret-wrong-path": "unauthorized", "secret-wrong-port": "unauthorized",
    "secret-wrong-type": "unauthorized", "server-error": "registry-error",
    "tls-wrong-password": "unauthorized", "token-denied": "denied-or-missing",
    "token-no-secret": "denied-or-missing", "token-wrong-password": "credential-rejected",
    "two-wrong-passwords": "unauthorized", "unknown-authority": "tls-unknown-authority",
    "unknown-host": "dns-failure", "wrong-password": "unauthorized",
}  # fmt: skip
"""What each recorded Pod's own words allow: a 401 alone does not tell what `doctor` finds out."""


@pytest.mark.parametrize("case", sorted(path.stem for path in (DATA / "pods").glob("*.json")))
def test_recorded_pods(case):
    recorded = json.loads((DATA / "pods" / f"{case}.json").read_text())
    events = [{"kind": "Event", **each} for each in recorded["events"]]
    found = explain_objects([recorded["pod"], *events])
    want = MESSAGE_ALONE[case]
    assert [each.explanation.cause for each in found] == ([want] if want else [])


def test_fixes_have_the_names_of_the_pod():
    [found] = explain_objects([pod("ErrImagePull", "pull access denied for x")])
    assert str(found.fixes()[0].command) == "pullsecret doctor pod/web -n shop"
    assert str(explain_text("unauthorized: authentication required")[0].fixes()[0].command) == (
        "pullsecret doctor pod/POD"
    )


def test_a_secret_that_is_named_stands_in_the_commands():
    [found] = explain_text("Unable to retrieve some image pull secrets (regcred); attempting to pull")
    assert found.explanation.secrets == ("regcred",)
    assert "regcred" in found.explanation.summary
    assert "regcred" in str(found.fixes()[1].command)
    [two] = explain_text("Unable to retrieve some image pull secrets (a, b); attempting to pull")
    assert two.explanation.secrets == ("a", "b")
    assert "SECRET" in str(two.fixes()[1].command)


def test_the_kubelets_log_names_the_secret_and_the_pod():
    [_, found] = explain_text(printed("kubelet-journal.log"))
    assert found.explanation.secrets == ("regcred",)
    assert "pullsecret copy regcred -n SOURCE --to shop" in str(found.fixes()[0].command)


def test_a_long_line_is_cut():
    assert len(line_of("x " * 5000)) == LINE_MAX
    assert line_of("a\n  b\x1b") == "a b\\x1b"
