"""What a Pod's row says of it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pullsecret.sandbox.api.podrow import pod_cells

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def container(*, ready: bool = False, restarts: int = 0, **state: Any) -> dict[str, Any]:
    return {"state": state, "ready": ready, "restartCount": restarts}


DONE = container(terminated={"exitCode": 0, "reason": "Completed"})
UP = container(ready=True, restarts=2, running={})
READY = [{"type": "Ready", "status": "True"}]


@pytest.mark.parametrize(
    ("status", "row"),
    [
        pytest.param({"phase": "Pending"}, "0/2 Pending 0", id="new"),
        pytest.param({"phase": "Running", "containerStatuses": [UP, UP]}, "2/2 Running 4", id="running"),
        pytest.param({"phase": "Failed", "reason": "Evicted"}, "0/2 Evicted 0", id="reason"),
        pytest.param(
            {"containerStatuses": [container(terminated={"signal": 9})]}, "0/2 Signal:9 0", id="signal"
        ),
        pytest.param(
            {"containerStatuses": [container(terminated={"exitCode": 1, "reason": "Error"})]},
            "0/2 Error 0",
            id="error",
        ),
        pytest.param(
            {"phase": "Running", "containerStatuses": [DONE, UP], "conditions": READY},
            "1/2 Running 2",
            id="one-is-done",
        ),
        pytest.param({"phase": "Running", "containerStatuses": [DONE, UP]}, "1/2 NotReady 2", id="not-ready"),
        pytest.param(
            {"initContainerStatuses": [container(restarts=3, waiting={"reason": "CrashLoopBackOff"})]},
            "0/2 Init:CrashLoopBackOff 3",
            id="init-waits",
        ),
        pytest.param(
            {"initContainerStatuses": [DONE, container(running={})]}, "0/2 Init:1/2 0", id="init-runs"
        ),
        pytest.param(
            {"initContainerStatuses": [container(waiting={"reason": "PodInitializing"})]},
            "0/2 Init:0/2 0",
            id="init-starts",
        ),
        pytest.param(
            {"initContainerStatuses": [container(terminated={"exitCode": 2})]},
            "0/2 Init:ExitCode:2 0",
            id="init-failed",
        ),
        pytest.param(
            {"phase": "Running", "initContainerStatuses": [DONE], "containerStatuses": [UP]},
            "1/2 Running 2",
            id="init-done",
        ),
    ],
)
def test_state(status: Any, row: str) -> None:
    spec = {"containers": [{}, {}], "initContainers": [{}, {}]}
    _, ready, state, restarts, *_ = pod_cells(
        {"metadata": {"name": "p"}, "spec": spec, "status": status}, NOW
    )
    assert f"{ready} {state} {restarts}" == row


@pytest.mark.parametrize(("reason", "state"), [("", "Terminating"), ("NodeLost", "Unknown")])
def test_a_pod_that_goes(reason: str, state: str) -> None:
    metadata = {"name": "p", "deletionTimestamp": "2026-01-01T00:00:00Z"}
    pod = {"metadata": metadata, "spec": {}, "status": {"reason": reason, "phase": "Running"}}
    assert pod_cells(pod, NOW)[2] == state
