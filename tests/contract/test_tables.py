"""Tables: the server's own columns and cells, which `kubectl get` prints."""

from typing import Any

import pytest

from pullsecret.core.objects import POD, SECRET
from pullsecret.kube.client import ClusterClient
from support.contract import MERGE_PATCH, TABLE, Raw, path, pod, secret

TEMPLATE = "+Containers +Images +Selector"
COLUMNS = {
    "/api/v1/secrets": "Name Type Data Age",
    "/api/v1/serviceaccounts": "Name Secrets Age",
    "/api/v1/configmaps": "Name Data Age",
    "/api/v1/namespaces": "Name Status Age",
    "/api/v1/pods": "Name Ready Status Restarts Age +IP +Node +Nominated_Node +Readiness_Gates",
    "/api/v1/nodes": "Name Status Roles Age Version +Internal-IP +External-IP +OS-Image "
    "+Kernel-Version +Container-Runtime",
    "/api/v1/events": "Last_Seen Type Reason Object +Subobject +Source Message +First_Seen +Count +Name",
    "/api/v1/replicationcontrollers": f"Name Desired Current Ready Age {TEMPLATE}",
    "/apis/apps/v1/deployments": f"Name Ready Up-to-date Available Age {TEMPLATE}",
    "/apis/apps/v1/replicasets": f"Name Desired Current Ready Age {TEMPLATE}",
    "/apis/apps/v1/statefulsets": "Name Ready Age +Containers +Images",
    "/apis/apps/v1/daemonsets": f"Name Desired Current Ready Up-to-date Available Node_Selector Age "
    f"{TEMPLATE}",
    "/apis/batch/v1/jobs": f"Name Completions Duration Age {TEMPLATE}",
    "/apis/coordination.k8s.io/v1/leases": "Name Holder Age",
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions": "Name Created_At",
}
"""The columns by their addresses; a name with ``+`` is shown by ``-o wide`` only."""


@pytest.mark.parametrize("address", list(COLUMNS))
async def test_the_columns_of_tables(raw: Raw, address: str) -> None:
    table = await raw("GET", address, accept=TABLE, query={"limit": "1"})
    assert (table["kind"], table["apiVersion"]) == ("Table", "meta.k8s.io/v1")
    columns = [
        "+" * bool(column["priority"]) + column["name"].replace(" ", "_")
        for column in table["columnDefinitions"]
    ]
    assert " ".join(columns) == COLUMNS[address]


async def test_a_row_carries_what_was_asked_for(cluster: ClusterClient, namespace: str, raw: Raw) -> None:
    await cluster.create(SECRET, secret("a", stringData={"x": "y", "z": "w"}), namespace=namespace)
    carried: dict[str, Any] = {}
    for included in ("", "Metadata", "Object", "None"):
        query = {"includeObject": included, "fieldSelector": "metadata.name=a"}
        (row,) = (await raw("GET", path(SECRET, namespace), accept=TABLE, query=query))["rows"]
        assert row["cells"][:3] == ["a", "Opaque", 2]
        carried[included] = row["object"] and row["object"]["kind"]
    assert carried == {
        "": "PartialObjectMetadata",
        "Metadata": "PartialObjectMetadata",
        "Object": "Secret",
        "None": None,
    }
    one = await raw("GET", path(SECRET, namespace, "a"), accept=TABLE)
    assert [row["cells"][0] for row in one["rows"]] == ["a"]


def container(**state: Any) -> dict[str, Any]:
    ready = "running" in state
    names = {"name": "app", "image": "", "imageID": ""}
    return {**names, "state": state, "ready": ready, "restartCount": int(ready)}


async def test_the_row_of_a_pod(cluster: ClusterClient, namespace: str, raw: Raw) -> None:
    await cluster.create(POD, pod("p"), namespace=namespace)
    (row,) = (await raw("GET", path(POD, namespace, "p"), accept=TABLE))["rows"]
    assert row["cells"][:3] == ["p", "0/1", "Pending"]
    assert str(row["cells"][3]) == "0"
    assert row["cells"][5:] == ["<none>"] * 4
    states = {
        "Running 1/1": {"phase": "Running", "containerStatuses": [container(running={})]},
        "ImagePullBackOff 0/1": {"containerStatuses": [container(waiting={"reason": "ImagePullBackOff"})]},
        "Init:ErrImagePull 0/1": {
            "initContainerStatuses": [container(waiting={"reason": "ErrImagePull"})],
            "containerStatuses": [container(waiting={"reason": "PodInitializing"})],
        },
        "Completed 0/1": {
            "phase": "Succeeded",
            "initContainerStatuses": None,
            "containerStatuses": [container(terminated={"reason": "Completed", "exitCode": 0})],
        },
        "ExitCode:3 0/1": {
            "phase": "Failed",
            "containerStatuses": [container(terminated={"exitCode": 3})],
        },
    }
    for shown, status in states.items():
        await raw(
            "PATCH", path(POD, namespace, "p") + "/status", {"status": status}, content_type=MERGE_PATCH
        )
        (row,) = (await raw("GET", path(POD, namespace, "p"), accept=TABLE))["rows"]
        assert f"{row['cells'][2]} {row['cells'][1]}" == shown
