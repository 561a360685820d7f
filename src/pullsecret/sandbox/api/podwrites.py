"""The subresources of Pods that act: eviction and binding."""

from pullsecret.core.errors import ApiError
from pullsecret.core.objects import POD, Object, name_of
from pullsecret.sandbox.api.bodies import read_value
from pullsecret.sandbox.api.messages import Request, Response
from pullsecret.sandbox.api.paths import Target
from pullsecret.sandbox.api.writing import delete_with
from pullsecret.sandbox.failures import Fault, bad_request, conflict, too_many_requests
from pullsecret.sandbox.kinds import POD_DISRUPTION_BUDGET
from pullsecret.sandbox.selectors import selector_match
from pullsecret.sandbox.store import Store

EVICTION_VERSIONS = ("policy/v1", "policy/v1beta1")
_CREATED = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


def evict(store: Store, target: Target, request: Request) -> Response:
    """Evict a Pod: delete it, if it still is the one of the preconditions and its budget allows it."""
    eviction = read_value(request)
    version = eviction.get("apiVersion", "")
    if version not in EVICTION_VERSIONS:
        raise bad_request(
            f'Eviction in version "{version}" cannot be handled as a Eviction: '
            f'no kind "Eviction" is registered for version "{version}"'
        )
    if name_of(eviction) != target.name:
        raise bad_request("name in URL does not match name in Eviction object")
    options = eviction.get("deleteOptions") or {}
    if request.query.get("dryRun"):
        options = {**options, "dryRun": [request.query["dryRun"]]}
    _check_budget(store, store.get(POD, target.name, target.namespace), target.namespace)
    delete_with(store, target, options)
    return Response.of(_CREATED, status=201)


def bind(store: Store, target: Target, request: Request) -> Response:
    """Put a Pod onto a node, as a scheduler does."""
    pod = store.get(POD, target.name, target.namespace)
    if node := pod["spec"].get("nodeName"):
        raise conflict(POD, target.name, f"pod {target.name} is already assigned to node {node!r}")
    pod["spec"]["nodeName"] = read_value(request).get("target", {}).get("name", "")
    store.update(POD, pod, subresource="binding")
    return Response.of(_CREATED, status=201)


def _check_budget(store: Store, pod: Object, namespace: str) -> None:
    """Refuse what a disruption budget forbids; Pods that do not run yet or any more are free of it."""
    if pod["status"].get("phase") in {"Pending", "Succeeded", "Failed"}:
        return
    labels = pod["metadata"].get("labels") or {}
    budgets = [
        budget
        for budget in store.list(POD_DISRUPTION_BUDGET, namespace)
        if selector_match(budget["spec"].get("selector") or {})(labels)
    ]
    if len(budgets) > 1:
        message = (
            "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
        )
        raise ApiError(message, status=500, reason="InternalError")
    for budget in budgets:
        status = budget["status"]
        if status["disruptionsAllowed"] < 1:
            needs, has = status["desiredHealthy"], status["currentHealthy"]
            told = (
                f"The disruption budget {name_of(budget)} needs {needs} healthy pods and has {has} currently"
            )
            words = "Cannot evict pod as it would violate the pod's disruption budget."
            raise too_many_requests(words, causes=(Fault("", told),))
