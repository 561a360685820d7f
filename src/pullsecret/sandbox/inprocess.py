"""The imitation cluster without sockets: fits `pullsecret.app.ports.Cluster` by shape."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pullsecret.core import errors
from pullsecret.core.errors import ApiError
from pullsecret.core.objects import POD, Kind, Object
from pullsecret.sandbox.api import Api, Request, Response

PAGE = 500
_METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
_BY_STATUS: dict[int, type[ApiError]] = {
    401: errors.Unauthorized,
    403: errors.Forbidden,
    404: errors.NotFound,
    409: errors.Conflict,
    410: errors.Gone,
    422: errors.Invalid,
    429: errors.TooManyRequests,
}


class InProcessCluster:
    """Asks an `Api` directly, through the same requests that a client sends over HTTP."""

    def __init__(self, api: Api) -> None:
        self.api = api

    async def get(self, kind: Kind, name: str, *, namespace: str = "") -> Object:
        """Read one object; `NotFound` when there is none."""
        return self._ask("GET", _path(kind, namespace, name))

    async def list(
        self,
        kind: Kind,
        *,
        namespace: str = "",
        label_selector: str = "",
        field_selector: str = "",
        metadata_only: bool = False,
        keep: Callable[[Object], bool] | None = None,
    ) -> list[Object]:
        """Read all objects that are wanted, page by page; each carries `apiVersion` and `kind`."""
        query = {"labelSelector": label_selector, "fieldSelector": field_selector, "limit": str(PAGE)}
        items: list[Object] = []
        while True:
            answer = self._ask(
                "GET", _path(kind, namespace), query, accept=_METADATA if metadata_only else ""
            )
            whole = ({**item, "apiVersion": kind.api_version, "kind": kind.kind} for item in answer["items"])
            items += whole if keep is None else filter(keep, whole)
            query["continue"] = answer["metadata"].get("continue", "")
            if not query["continue"]:
                return items

    async def create(self, kind: Kind, obj: Object, *, namespace: str = "", dry_run: bool = False) -> Object:
        """Create an object; `AlreadyExists` when the name is taken."""
        return self._ask("POST", _path(kind, namespace), _dry(dry_run), obj)

    async def patch(
        self,
        kind: Kind,
        name: str,
        patch: Mapping[str, Any] | Sequence[Mapping[str, Any]],
        *,
        patch_type: str,
        namespace: str = "",
        dry_run: bool = False,
        subresource: str = "",
    ) -> Object:
        """Change an object, or its `status`; `Conflict` or (by tests) `Invalid` when it has changed."""
        path = _path(kind, namespace, name) + (f"/{subresource}" if subresource else "")
        return self._ask("PATCH", path, _dry(dry_run), patch, content_type=str(patch_type))

    async def delete(
        self,
        kind: Kind,
        name: str,
        *,
        namespace: str = "",
        uid: str = "",
        resource_version: str = "",
        dry_run: bool = False,
    ) -> None:
        """Delete an object, if it still is the one with this UID and resource version."""
        # A server that finds options in the body reads none of the query.
        dry = {"dryRun": ["All"]} if dry_run else {}
        options = {"preconditions": _preconditions(uid, resource_version), **dry}
        self._ask("DELETE", _path(kind, namespace, name), {}, options)

    async def evict(self, name: str, *, namespace: str, uid: str = "", resource_version: str = "") -> None:
        """Evict a Pod, if it still is that one; `TooManyRequests` when a disruption budget forbids it."""
        eviction = {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": name, "namespace": namespace},
            "deleteOptions": {"preconditions": _preconditions(uid, resource_version)},
        }
        self._ask("POST", _path(POD, namespace, name) + "/eviction", {}, eviction)

    def _ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: object = None,
        *,
        content_type: str = "application/json",
        accept: str = "",
    ) -> Object:
        headers = {"content-type": content_type, "accept": accept or "application/json"}
        content = b"" if body is None else json.dumps(body).encode()
        response = self.api.handle(Request(method, path, query or {}, headers, content))
        if response.status >= 400:
            raise _error(response)
        answer: Object = json.loads(response.body)
        return answer


def _path(kind: Kind, namespace: str, name: str = "") -> str:
    root = f"/apis/{kind.group}/{kind.version}" if kind.group else f"/api/{kind.version}"
    scope = f"/namespaces/{namespace}" if kind.namespaced and namespace else ""
    return f"{root}{scope}/{kind.plural}" + (f"/{name}" if name else "")


def _dry(dry_run: bool) -> dict[str, str]:
    return {"dryRun": "All"} if dry_run else {}


def _preconditions(uid: str, resource_version: str) -> dict[str, str]:
    given = {"uid": uid, "resourceVersion": resource_version}
    return {name: value for name, value in given.items() if value}


def _error(response: Response) -> ApiError:
    try:
        status = json.loads(response.body)
    except ValueError:
        status = {"message": response.body.decode(errors="replace").strip()}
    details = status.get("details") or {}
    by_status = _BY_STATUS.get(response.status, ApiError)
    kind = errors.AlreadyExists if status.get("reason") == "AlreadyExists" else by_status
    return kind(
        status["message"],
        status=response.status,
        reason=status.get("reason", ""),
        retry_after=details.get("retryAfterSeconds"),
        causes=tuple((cause.get("field", ""), cause["message"]) for cause in details.get("causes", ())),
    )
