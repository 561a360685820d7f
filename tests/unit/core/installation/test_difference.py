"""What is written over a live object of the installation, and what is refused."""

import pytest

from pullsecret.core.errors import UsageError
from pullsecret.core.installation import Installation, manifests
from pullsecret.core.installation.difference import difference, is_of_installation, refuse_foreign

WANTED = Installation("system", "registry.example.com/pullsecret:1")


def made(kind, wanted=WANTED):
    (found,) = [obj for obj in manifests(wanted) if obj["kind"] == kind]
    return found


def live(obj, **metadata):
    return {**obj, "metadata": {**obj["metadata"], "resourceVersion": "7", "uid": "u", **metadata}}


@pytest.mark.parametrize("obj", [pytest.param(obj, id=obj["kind"]) for obj in manifests(WANTED)])
def test_nothing_where_it_is_as_wanted(obj):
    filled_in = {**live(obj, creationTimestamp="2026-01-01T00:00:00Z"), "status": {"ready": 1}}
    assert difference(filled_in, obj) is None


def test_empty_and_absent_are_the_same():
    deployment = made("Deployment")
    pod = dict(deployment["spec"]["template"]["spec"])
    del pod["imagePullSecrets"], pod["hostNetwork"]
    spec = {**deployment["spec"], "template": {**deployment["spec"]["template"], "spec": pod}}
    assert difference(live({**deployment, "spec": spec}), deployment) is None


def test_a_change_names_the_version_it_was_made_from():
    patch = difference(live(made("Deployment")), made("Deployment", Installation("system", "other:2")))
    assert patch["metadata"]["resourceVersion"] == "7"
    assert patch["metadata"]["labels"]["app.kubernetes.io/part-of"] == "pullsecret"
    assert patch["spec"]["template"]["spec"]["containers"][0]["image"] == "other:2"
    assert {"kind", "apiVersion", "status"}.isdisjoint(patch)


def test_what_is_switched_off_is_written():
    before = live(
        made("Deployment", Installation("system", "x", host_network=True, image_pull_secrets=("own",)))
    )
    pod = difference(before, made("Deployment"))["spec"]["template"]["spec"]
    assert (pod["hostNetwork"], pod["imagePullSecrets"]) == (False, [])


def test_a_longer_list_differs():
    role = made("Deployment")
    container = role["spec"]["template"]["spec"]["containers"][0]
    sidecar = {**role["spec"]["template"]["spec"], "containers": [container, {"name": "theirs"}]}
    template = {**role["spec"]["template"], "spec": sidecar}
    assert difference(live({**role, "spec": {**role["spec"], "template": template}}), role) is not None


def test_the_authority_stays():
    """The operator puts it in; a new webhook beside it gets none from us."""
    configuration = made("MutatingWebhookConfiguration")
    (hook,) = configuration["webhooks"]
    filled = {**hook, "clientConfig": {**hook["clientConfig"], "caBundle": "QUJD"}}
    assert difference(live({**configuration, "webhooks": [filled]}), configuration) is None
    old = {**filled, "timeoutSeconds": 10}
    patch = difference(live({**configuration, "webhooks": [old]}), configuration)
    assert patch["webhooks"][0]["clientConfig"]["caBundle"] == "QUJD"
    patch = difference(
        live({**configuration, "webhooks": [{"name": "theirs", "clientConfig": {}}]}), configuration
    )
    assert "caBundle" not in patch["webhooks"][0]["clientConfig"]


@pytest.mark.parametrize(
    ("labels", "name", "ours"),
    [
        pytest.param(WANTED.labels, "pullsecret", True, id="itself"),
        pytest.param(WANTED.labels, "pullsecret-webhook", True, id="part"),
        pytest.param(WANTED.labels, "else", False, id="name"),
        pytest.param({**WANTED.labels, "app.kubernetes.io/part-of": "x"}, "pullsecret", False, id="part-of"),
        pytest.param(
            {**WANTED.labels, "app.kubernetes.io/instance": "x"}, "pullsecret", False, id="instance"
        ),
        pytest.param({}, "pullsecret", False, id="none"),
    ],
)
def test_whose_it_is(labels, name, ours):
    obj = {"kind": "Deployment", "metadata": {"name": name, "namespace": "system", "labels": labels}}
    assert is_of_installation(obj, "pullsecret") is ours
    if ours:
        refuse_foreign(obj, "pullsecret")
        return
    with pytest.raises(UsageError, match="in namespace 'system' is there and was not made by") as caught:
        refuse_foreign(obj, "pullsecret")
    assert "--name" in caught.value.hint


def test_helms_is_helms():
    release = {"meta.helm.sh/release-name": "prod"}
    metadata = {"name": "pullsecret", "labels": WANTED.labels, "annotations": release}
    with pytest.raises(UsageError, match=r"^clusterrole/pullsecret is of the Helm release 'prod'$"):
        refuse_foreign({"kind": "ClusterRole", "metadata": metadata}, "pullsecret")
