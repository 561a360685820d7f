"""Pods and workloads that the API server refuses, and changes of them."""

from typing import Any

import pytest

from pullsecret.core.errors import Forbidden, Invalid
from pullsecret.core.objects import DEPLOYMENT, POD
from pullsecret.kube.client import ClusterClient
from support.contract import MERGE_PATCH, pod, refusal

TWICE = [{"name": "c", "image": "x"}, {"name": "c", "image": "x"}]
SPACE = 'spec.containers[0].image: Invalid value: " x": must not have leading or trailing whitespace'
POLICIES = 'Unsupported value: "Foo": supported values: "Always", "IfNotPresent", "Never"'
RESTARTS = 'spec.restartPolicy: Unsupported value: "x": supported values: "Always", "OnFailure", "Never"'


def containers(**container: str) -> dict[str, Any]:
    return {"containers": [container]}


@pytest.mark.parametrize(
    ("spec", "status", "words"),
    [
        pytest.param(
            {"containers": []}, 422, 'Pod "p" is invalid: spec.containers: Required', id="no-container"
        ),
        pytest.param(containers(image="x"), 422, "spec.containers[0].name: Required value", id="no-name"),
        pytest.param(containers(name="c"), 422, "spec.containers[0].image: Required value", id="no-image"),
        pytest.param({"containers": TWICE}, 422, 'containers[1].name: Duplicate value: "c"', id="same-name"),
        pytest.param(containers(name="c", image=" x"), 422, SPACE, id="space-in-image"),
        pytest.param(containers(name="c", image="x", imagePullPolicy="Foo"), 422, POLICIES, id="policy"),
        pytest.param({"restartPolicy": "x"}, 422, RESTARTS, id="restart-policy"),
        pytest.param({"containers": "x"}, 400, 'Pod in version "v1" cannot be handled as a Pod: ', id="type"),
    ],
)
async def test_a_pod_is_refused(
    cluster: ClusterClient, namespace: str, spec: Any, status: int, words: str
) -> None:
    error = await refusal(cluster.create(POD, pod("p", **spec), namespace=namespace))
    assert (error.status, words in error.message) == (status, True), error.message


async def test_a_missing_service_account_is_named(cluster: ClusterClient, namespace: str) -> None:
    error = await refusal(cluster.create(POD, pod("p", serviceAccountName="nobody"), namespace=namespace))
    assert isinstance(error, Forbidden)
    expected = f'error looking up service account {namespace}/nobody: serviceaccount "nobody" not found'
    assert error.message == f'pods "p" is forbidden: {expected}'


async def test_a_pod_can_hardly_change(cluster: ClusterClient, namespace: str) -> None:
    await cluster.create(POD, pod("p"), namespace=namespace)
    words = (
        'Pod "p" is invalid: spec: Forbidden: pod updates may not change fields other than '
        "`spec.containers[*].image`, `spec.initContainers[*].image`, `spec.activeDeadlineSeconds` or "
        "`spec.tolerations` (only additions to existing tolerations)"
    )
    for change in ({"imagePullSecrets": [{"name": "x"}]}, {"serviceAccountName": "x"}, {"hostNetwork": True}):
        patch = {"spec": change}
        error = await refusal(cluster.patch(POD, "p", patch, patch_type=MERGE_PATCH, namespace=namespace))
        assert isinstance(error, Invalid)
        assert error.message.startswith(words)


async def test_a_deployment_keeps_its_selector(cluster: ClusterClient, namespace: str) -> None:
    template = {"metadata": {"labels": {"a": "b"}}, "spec": pod("x")["spec"]}
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": template, "replicas": 0}
    await cluster.create(DEPLOYMENT, {"metadata": {"name": "d"}, "spec": spec}, namespace=namespace)
    other = {
        "spec": {
            "selector": {"matchLabels": {"a": None, "c": "d"}},
            "template": {"metadata": {"labels": {"c": "d"}}},
        }
    }
    error = await refusal(cluster.patch(DEPLOYMENT, "d", other, patch_type=MERGE_PATCH, namespace=namespace))
    assert isinstance(error, Invalid)
    assert error.message.startswith('Deployment.apps "d" is invalid: spec.selector: Invalid value: ')
    assert error.message.endswith("field is immutable")
    error = await refusal(
        cluster.create(
            DEPLOYMENT,
            {
                "metadata": {"name": "e"},
                "spec": {"template": template, "selector": {"matchLabels": {"x": "y"}}},
            },
            namespace=namespace,
        )
    )
    assert "`selector` does not match template `labels`" in error.message
