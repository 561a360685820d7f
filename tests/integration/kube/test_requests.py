"""What goes over the wire for each method of the client."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web

from pullsecret.core.errors import AlreadyExists, Conflict, Gone, NotFound, TooManyRequests
from pullsecret.core.objects import DEPLOYMENT, NAMESPACE, SECRET, SERVICE_ACCOUNT
from support.httpserver import Seen, Server, json_reply, serving

from .conftest import MakeClient

MERGE = "application/merge-patch+json"


def status(code: int, reason: str, message: str = "no", **details: Any) -> web.Response:
    body = {"kind": "Status", "code": code, "reason": reason, "message": message, "details": details}
    return json_reply(body, status=code)


def query(seen: Seen) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(seen.path).query).items()}


def asked(server: Server) -> list[str]:
    return [f"{seen.method} {urlsplit(seen.path).path}" for seen in server.seen]


async def test_get(client_of: MakeClient) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        assert request.headers["User-Agent"] == "pullsecret"
        assert request.headers["Accept"] == "application/json"
        return json_reply({"kind": "Secret", "metadata": {"name": "a:b"}})

    async with serving(answer) as server, client_of(server) as cluster:
        assert (await cluster.get(SECRET, "a:b", namespace="web"))["metadata"] == {"name": "a:b"}
        assert server.lines == ["GET /api/v1/namespaces/web/secrets/a:b"]


async def test_a_server_may_stand_below_a_path(client_of: MakeClient) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return json_reply({"metadata": {}})

    async with serving(answer) as server, client_of(server, path="/k8s/clusters/c-1") as cluster:
        await cluster.get(NAMESPACE, "web")
        assert server.lines == ["GET /k8s/clusters/c-1/api/v1/namespaces/web"]


def pages(*answers: web.Response) -> Any:
    waiting = list(answers)

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return waiting.pop(0)

    return answer


def page(*names: str, token: str = "", version: str = "7") -> web.Response:
    items = [{"metadata": {"name": name}} for name in names]
    metadata = {"resourceVersion": version, "continue": token} if token else {"resourceVersion": version}
    return json_reply({"kind": "SecretList", "metadata": metadata, "items": items})


async def test_a_list_is_read_page_by_page_and_made_whole(client_of: MakeClient) -> None:
    handler = pages(page("a", "b", token="t+/="), page("c"))
    async with serving(handler) as server, client_of(server) as cluster:
        listing = await cluster.listing(SECRET, label_selector="a in (b,c),d=e", field_selector="type=x/y")
        assert [query(seen) for seen in server.seen] == [
            {"labelSelector": "a in (b,c),d=e", "fieldSelector": "type=x/y", "limit": "500"},
            {
                "labelSelector": "a in (b,c),d=e",
                "fieldSelector": "type=x/y",
                "limit": "500",
                "continue": "t+/=",
            },
        ]
    assert [item["metadata"]["name"] for item in listing.items] == ["a", "b", "c"]
    assert {(item["apiVersion"], item["kind"]) for item in listing.items} == {("v1", "Secret")}
    assert listing.resource_version == "7"


async def test_of_a_list_only_what_is_wanted_is_kept(client_of: MakeClient) -> None:
    handler = pages(page("a", "b", token="t"), page("c"))
    async with serving(handler) as server, client_of(server) as cluster:
        found = await cluster.list(SECRET, keep=lambda obj: obj["metadata"]["name"] in "ac")
    assert [(item["kind"], item["metadata"]["name"]) for item in found] == [("Secret", "a"), ("Secret", "c")]


async def test_a_list_without_items_is_empty(client_of: MakeClient) -> None:
    async with serving(pages(json_reply({"items": None}))) as server, client_of(server) as cluster:
        assert await cluster.list(DEPLOYMENT, namespace="web") == []
        assert asked(server) == ["GET /apis/apps/v1/namespaces/web/deployments"]


async def test_an_expired_continue_token_starts_the_list_anew_in_one_piece(client_of: MakeClient) -> None:
    handler = pages(page("a", token="old"), status(410, "Expired"), page("a", "b", "c", version="9"))
    async with serving(handler) as server, client_of(server) as cluster:
        listing = await cluster.listing(SECRET)
        assert [query(seen) for seen in server.seen] == [
            {"limit": "500"},
            {"limit": "500", "continue": "old"},
            {},
        ]
    assert [item["metadata"]["name"] for item in listing.items] == ["a", "b", "c"]
    assert listing.resource_version == "9"


async def test_a_server_that_always_says_gone_is_not_asked_forever(client_of: MakeClient) -> None:
    handler = pages(status(410, "Expired"), status(410, "Expired"))
    async with serving(handler) as server, client_of(server) as cluster:
        with pytest.raises(Gone):
            await cluster.list(SECRET)


async def test_metadata_alone(client_of: MakeClient) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        assert request.headers["Accept"] == "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
        item = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": {"name": "a"}}
        return json_reply({"items": [item]})

    async with serving(answer) as server, client_of(server) as cluster:
        assert await cluster.list(SECRET, metadata_only=True) == [
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}}
        ]


@pytest.mark.parametrize("dry_run", [False, True])
async def test_create(client_of: MakeClient, dry_run: bool) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        assert request.headers["Content-Type"] == "application/json"
        return json_reply(json.loads(await request.text()), status=201)

    obj = {"metadata": {"name": "a"}, "data": {"x": "YQ=="}}
    async with serving(answer) as server, client_of(server) as cluster:
        assert await cluster.create(SECRET, obj, namespace="web", dry_run=dry_run) == obj
        assert asked(server) == ["POST /api/v1/namespaces/web/secrets"]
        dry = {"dryRun": "All"} if dry_run else {}
        assert query(server.seen[0]) == {"fieldManager": "pullsecret", **dry}


async def test_a_name_that_is_taken(client_of: MakeClient) -> None:
    async with serving(pages(status(409, "AlreadyExists"))) as server, client_of(server) as cluster:
        with pytest.raises(AlreadyExists):
            await cluster.create(SECRET, {}, namespace="web")
        assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("patch", "content_type"),
    [
        ({"a": 1}, MERGE),
        ({"a": 1}, "application/strategic-merge-patch+json"),
        ([{"op": "test", "path": "/a", "value": 1}], "application/json-patch+json"),
    ],
)
async def test_patches(client_of: MakeClient, patch: Any, content_type: str) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        assert request.headers["Content-Type"] == content_type
        assert json.loads(await request.text()) == patch
        return json_reply({"metadata": {}})

    async with serving(answer) as server, client_of(server) as cluster:
        await cluster.patch(SERVICE_ACCOUNT, "default", patch, patch_type=content_type, namespace="web")
        assert asked(server) == ["PATCH /api/v1/namespaces/web/serviceaccounts/default"]
        assert query(server.seen[0]) == {"fieldManager": "pullsecret"}


async def test_a_dry_run_of_a_patch(client_of: MakeClient) -> None:
    async with serving(pages(json_reply({"metadata": {}}))) as server, client_of(server) as cluster:
        await cluster.patch(SECRET, "a", {}, patch_type=MERGE, namespace="web", dry_run=True)
        assert query(server.seen[0])["dryRun"] == "All"


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        pytest.param({}, {}, id="plain"),
        pytest.param({"uid": "u"}, {"preconditions": {"uid": "u"}}, id="UID"),
        pytest.param(
            {"uid": "u", "resource_version": "7"},
            {"preconditions": {"uid": "u", "resourceVersion": "7"}},
            id="both",
        ),
        # A server ignores dryRun in the query where options come in the body: it would really delete.
        pytest.param({"dry_run": True}, {"dryRun": ["All"]}, id="dry run"),
    ],
)
async def test_delete(client_of: MakeClient, arguments: dict[str, Any], options: dict[str, Any]) -> None:
    async with serving(pages(json_reply({"kind": "Status"}))) as server, client_of(server) as cluster:
        await cluster.delete(SECRET, "a", namespace="web", **arguments)
        assert server.lines == ["DELETE /api/v1/namespaces/web/secrets/a"]
        assert json.loads(server.seen[0].body) == {"apiVersion": "v1", "kind": "DeleteOptions", **options}


async def test_delete_of_another_by_now(client_of: MakeClient) -> None:
    async with serving(pages(status(409, "Conflict"))) as server, client_of(server) as cluster:
        with pytest.raises(Conflict):
            await cluster.delete(SECRET, "a", namespace="web", uid="u")


def api_server(eviction: dict[str, str] | None, evicted: web.Response | None = None) -> Any:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "GET":
            resources = [{"name": "pods", "kind": "Pod", "namespaced": True}]
            if eviction is not None:
                resources.append({"name": "pods/eviction", "kind": "Eviction", **eviction})
            return json_reply({"kind": "APIResourceList", "resources": resources})
        return evicted if evicted is not None else json_reply({"kind": "Status"}, status=201)

    return answer


@pytest.mark.parametrize(
    ("eviction", "version"),
    [
        pytest.param({"group": "policy", "version": "v1"}, "policy/v1", id="from 1.22 on"),
        pytest.param({"group": "policy", "version": "v1beta1"}, "policy/v1beta1", id="before"),
        pytest.param({}, "policy/v1beta1", id="long before"),
        pytest.param(None, "policy/v1beta1", id="not told"),
    ],
)
async def test_eviction_uses_what_the_server_has(
    client_of: MakeClient, eviction: dict[str, str] | None, version: str
) -> None:
    async with serving(api_server(eviction)) as server, client_of(server) as cluster:
        await cluster.evict("web-1", namespace="web", uid="u", resource_version="7")
        await cluster.evict("web-2", namespace="web")
        assert asked(server) == [
            "GET /api/v1",
            "POST /api/v1/namespaces/web/pods/web-1/eviction",
            "POST /api/v1/namespaces/web/pods/web-2/eviction",
        ]
        assert json.loads(server.seen[1].body) == {
            "apiVersion": version,
            "kind": "Eviction",
            "metadata": {"name": "web-1", "namespace": "web"},
            "deleteOptions": {"preconditions": {"uid": "u", "resourceVersion": "7"}},
        }
        assert json.loads(server.seen[2].body)["deleteOptions"] == {}


async def test_a_disruption_budget_s_verdict_is_taken_at_once(client_of: MakeClient) -> None:
    budget = [{"reason": "DisruptionBudget", "message": "The disruption budget web needs 1 healthy pods"}]
    refusal = status(429, "TooManyRequests", causes=budget, retryAfterSeconds=10)
    handler = api_server({"group": "policy", "version": "v1"}, refusal)
    async with serving(handler) as server, client_of(server) as cluster:
        with pytest.raises(TooManyRequests) as caught:
            await cluster.evict("web-1", namespace="web")
        assert len(server.seen) == 2
    assert caught.value.causes == (("DisruptionBudget", "The disruption budget web needs 1 healthy pods"),)


GROUPS = {
    "/apis": {"groups": [
        {"name": "apps", "preferredVersion": {"groupVersion": "apps/v1"},
         "versions": [{"groupVersion": "apps/v1beta1"}, {"groupVersion": "apps/v1"}]},
        {"name": "gone.example", "versions": [{"groupVersion": "gone.example/v1"}]},
    ]},
    "/api/v1": {"resources": [
        {"name": "secrets", "kind": "Secret", "namespaced": True},
        {"name": "namespaces", "kind": "Namespace", "namespaced": False, "shortNames": ["ns"]},
        {"name": "pods/log", "kind": "Pod", "namespaced": True},
    ]},
    "/apis/apps/v1": {"resources": [
        {"name": "deployments", "kind": "Deployment", "namespaced": True, "shortNames": ["deploy"]},
    ]},
    "/apis/apps/v1beta1": {"resources": [{"name": "deployments", "kind": "Deployment", "namespaced": True}]},
}  # fmt: skip


async def discovery_server(request: web.BaseRequest) -> web.StreamResponse:
    if request.path not in GROUPS:
        return web.Response(text="404 page not found\n", status=404)
    return json_reply(GROUPS[request.path])


async def test_discovery_finds_kinds_by_every_name(client_of: MakeClient) -> None:
    async with serving(discovery_server) as server, client_of(server) as cluster:
        found = cluster.discovery
        assert await found.versions() == ("v1", "apps/v1", "apps/v1beta1", "gone.example/v1")
        assert await found.find("secret") == SECRET
        assert await found.find("NS") == NAMESPACE
        for word in ("deploy", "Deployment", "deployments", "deployments.apps"):
            assert await found.find(word) == DEPLOYMENT
        assert await found.find("deployments.batch") is None
        assert await found.find("gateways") is None
        assert await found.serves(DEPLOYMENT)
        assert not await found.serves(SERVICE_ACCOUNT)
        assert await found.kinds("gone.example/v1") == ()
        assert len(asked(server)) == len(set(asked(server))), "everything is asked once"


async def test_not_found_says_what(client_of: MakeClient) -> None:
    async with serving(discovery_server) as server, client_of(server) as cluster:
        with pytest.raises(
            NotFound, match=r"GET http://127.0.0.1:[0-9]+/api/v1/namespaces/x: the server has no such"
        ):
            await cluster.get(NAMESPACE, "x")
