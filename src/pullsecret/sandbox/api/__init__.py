"""The imitation's API server: a request in, its answer out, without sockets or a clock."""

from collections.abc import Callable
from datetime import datetime

from pullsecret.core.errors import ApiError
from pullsecret.core.objects import POD
from pullsecret.sandbox.api import discovery, podwrites, reading, reviews, scale, writing
from pullsecret.sandbox.api.forms import form_of
from pullsecret.sandbox.api.messages import Request, Response
from pullsecret.sandbox.api.paths import Target, target_of
from pullsecret.sandbox.failures import method_not_allowed, no_such_resource
from pullsecret.sandbox.store import Store

__all__ = ["Api", "Request", "Response"]

HEALTH = frozenset({"/healthz", "/livez", "/readyz"})


class Api:
    """Answers requests from a store."""

    def __init__(self, store: Store, *, clock: Callable[[], datetime]) -> None:
        self.store = store
        self._clock = clock

    def handle(self, request: Request) -> Response:
        """Answer one request; every refusal is a `Status`."""
        try:
            return self._answer(request)
        except ApiError as error:
            return Response.refusal(error)

    def _answer(self, request: Request) -> Response:
        path = request.path.rstrip("/")
        if path in HEALTH:
            return Response.text("ok")
        if (target := target_of(self.store.catalogue, path)) is not None:
            return self._answer_resource(request, target)
        if (review := reviews.answer(request, path)) is not None:
            return review
        if (document := discovery.document(self.store.catalogue, path, request)) is not None:
            return document
        return Response.text("404 page not found\n", status=404)

    def _answer_resource(self, request: Request, target: Target) -> Response:
        form = form_of(request.headers.get("accept", ""), request.query.get("includeObject", ""), self._clock)
        store = self.store
        if target.subresource:
            return self._answer_subresource(request, target)
        match request.method, bool(target.name):
            case method, _ if target.watched and method != "GET":
                raise method_not_allowed()
            case "GET", True if not target.watched:
                return reading.get(store, target, form)
            case "GET", _:
                return reading.list_or_watch(store, target, request, form)
            case "POST", False:
                return writing.create(store, target, request, form)
            case "PUT", True:
                return writing.update(store, target, request, form)
            case "PATCH", True:
                return writing.patch(store, target, request, form)
            case "DELETE", True:
                return writing.delete(store, target, request, form)
            case "DELETE", False:
                return writing.delete_collection(store, target, request, form)
        raise method_not_allowed()

    def _answer_subresource(self, request: Request, target: Target) -> Response:
        form = form_of(request.headers.get("accept", ""), "", self._clock)
        resource, store = target.resource, self.store
        if target.watched:
            raise method_not_allowed()
        match target.subresource, request.method:
            case ("status", "GET") if resource.has_status:
                return reading.get(store, target, form)
            case ("status", "PUT") if resource.has_status:
                return writing.update(store, target, request, form)
            case ("status", "PATCH") if resource.has_status:
                return writing.patch(store, target, request, form)
            case ("eviction", "POST") if resource.kind == POD:
                return podwrites.evict(store, target, request)
            case ("binding", "POST") if resource.kind == POD:
                return podwrites.bind(store, target, request)
            case ("scale", _) if resource.scalable:
                return scale.answer(store, target, request)
        raise no_such_resource()
