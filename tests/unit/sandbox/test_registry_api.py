"""The registry's answers without a socket; tests/integration/sandbox asks over HTTP."""

import base64
import gzip
import hashlib
import io
import json
import tarfile
from datetime import UTC, datetime
from typing import Any

import pytest

from pullsecret.core.manifests import parse_manifest
from pullsecret.core.sensitive import Sensitive
from pullsecret.sandbox.accounts import Accounts, Scheme, Tokens, User
from pullsecret.sandbox.images import DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST, image, index
from pullsecret.sandbox.registry_api import Answer, RegistryApi, Request
from pullsecret.sandbox.storage import Storage

NOW = datetime(2026, 1, 31, 8, 0, tzinfo=UTC)
REALM = "http://auth.test/service/token"
LIMITED = User("ci", Sensitive("good"), pull=("lnmp/*",), identity_token=Sensitive("refresh"))
ZEROS = "sha256:" + "0" * 64
PLAIN, MANY = image("nginx"), index("nginx")


def api(scheme: Scheme) -> RegistryApi:
    storage = Storage()
    storage.push("lnmp/nginx:v2", PLAIN)
    storage.push("lnmp/many:v2", MANY)
    storage.push("team/app:1.0", PLAIN)
    storage.push("public/app:1.0", PLAIN)
    accounts = Accounts([LIMITED, User("", pull=("public/*",))])
    return RegistryApi(scheme, accounts, storage, Tokens("registry", lambda: NOW), REALM)


def basic(password: str = "good") -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"ci:{password}".encode()).decode()}


def ask(scheme: Scheme, path: str, headers: dict[str, str] | None = None, method: str = "GET") -> Answer:
    return api(scheme).answer(Request(method, path, headers or {}))


def code(answer: Answer) -> str:
    return str(answer.body["errors"][0]["code"])


@pytest.mark.parametrize(
    ("path", "headers", "status", "said"),
    [
        pytest.param("/v2/", {}, 401, "UNAUTHORIZED", id="no login"),
        pytest.param("/v2/", basic("bad"), 401, "UNAUTHORIZED", id="wrong password"),
        pytest.param("/v2/lnmp/nginx/manifests/v2", {}, 401, "UNAUTHORIZED", id="image, no login"),
        pytest.param("/v2/team/app/manifests/1.0", basic(), 403, "DENIED", id="image of others"),
        pytest.param("/v2/lnmp/nginx/manifests/v9", basic(), 404, "MANIFEST_UNKNOWN", id="no such tag"),
        pytest.param(
            f"/v2/lnmp/nginx/manifests/{ZEROS}", basic(), 404, "MANIFEST_UNKNOWN", id="no such digest"
        ),
        pytest.param("/v2/lnmp/no/manifests/v2", basic(), 404, "MANIFEST_UNKNOWN", id="no such repository"),
        pytest.param("/v2/lnmp/no/tags/list", basic(), 404, "NAME_UNKNOWN", id="tags of no repository"),
        pytest.param(f"/v2/lnmp/nginx/blobs/{ZEROS}", basic(), 404, "BLOB_UNKNOWN", id="no such blob"),
        pytest.param("/v2/lnmp/nginx/manifests/v2", basic(), 400, "MANIFEST_INVALID", id="no type accepted"),
        pytest.param("/v2/lnmp/many/manifests/v2", basic(), 404, "MANIFEST_UNKNOWN", id="no index accepted"),
    ],
)
def test_refusals_have_the_status_and_code_of_a_real_registry(
    path: str, headers: dict[str, str], status: int, said: str
) -> None:
    answer = ask(Scheme.BASIC, path, headers)

    assert (answer.status, code(answer)) == (status, said)


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        pytest.param("/", "GET", 200, id="root"),
        pytest.param("/v2", "GET", 301, id="without the slash"),
        pytest.param("/v2/lnmp/nginx", "GET", 404, id="no such page"),
        pytest.param("/v2/lnmp/nginx/manifests/v2", "DELETE", 405, id="no such method"),
        pytest.param("/service/token", "GET", 404, id="no token service"),
    ],
)
def test_other_pages(path: str, method: str, status: int) -> None:
    assert ask(Scheme.BASIC, path, method=method).status == status


def test_basic_and_bearer_say_how_they_want_to_be_asked() -> None:
    path = "/v2/lnmp/nginx/manifests/v2"

    assert ask(Scheme.BASIC, path).headers["Www-Authenticate"] == 'Basic realm="basic-realm"'
    assert ask(Scheme.BEARER, path, basic()).headers["Www-Authenticate"] == (
        f'Bearer realm="{REALM}",service="registry",scope="repository:lnmp/nginx:pull"'
    )


@pytest.mark.parametrize(
    ("repository", "query", "headers", "error"),
    [
        pytest.param("lnmp/nginx", {}, basic(), "", id="what he may"),
        pytest.param("lnmp/nginx", {"username": "ci", "password": "good"}, {}, "", id="by form"),
        pytest.param("lnmp/nginx", {"refresh_token": "refresh"}, {}, "", id="by identity token"),
        pytest.param("team/app", {}, basic(), "insufficient_scope", id="what he may not"),
        pytest.param("public/app", {}, {}, "", id="anybody"),
        pytest.param("lnmp/nginx", {}, {}, "insufficient_scope", id="what not anybody may"),
    ],
)
def test_a_token_opens_what_its_user_may_pull(
    repository: str, query: dict[str, str], headers: dict[str, str], error: str
) -> None:
    registry = api(Scheme.BEARER)
    scope = {"scope": f"repository:{repository}:pull"}
    token = registry.answer(Request("GET", "/service/token", headers, query | scope)).body["token"]

    answer = registry.answer(
        Request("GET", f"/v2/{repository}/tags/list", {"authorization": f"Bearer {token}"})
    )

    assert answer.status == (401 if error else 200)
    assert answer.headers.get("Www-Authenticate", "").endswith(f'error="{error}"' if error else "")


def test_a_token_that_is_none_is_told_so() -> None:
    answer = ask(Scheme.BEARER, "/v2/", {"authorization": "Bearer rubbish"})

    assert answer.headers["Www-Authenticate"].endswith('error="invalid_token"')


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        pytest.param({}, basic("bad"), id="header"),
        pytest.param({"username": "ci", "password": "bad"}, {}, id="form"),
        pytest.param({"refresh_token": "bad"}, {}, id="identity token"),
    ],
)
def test_the_token_service_refuses_a_wrong_password(query: dict[str, str], headers: dict[str, str]) -> None:
    answer = api(Scheme.BEARER).answer(Request("POST", "/service/token", headers, query))

    assert (answer.status, code(answer)) == (401, "UNAUTHORIZED")


@pytest.mark.parametrize(
    ("query", "given"),
    [
        pytest.param({"access_type": "offline"}, True, id="OAuth2"),
        pytest.param({"offline_token": "true"}, True, id="docker"),
        pytest.param({}, False, id="not asked for"),
    ],
)
def test_an_identity_token_is_given_to_who_asks_for_one(query: dict[str, str], given: bool) -> None:
    answer = api(Scheme.BEARER).answer(Request("GET", "/service/token", basic(), query))

    assert (answer.body.get("refresh_token") == "refresh") == given


def test_an_open_registry_asks_for_nothing() -> None:
    assert ask(Scheme.NONE, "/v2/team/app/tags/list").body == {"name": "team/app", "tags": ["1.0"]}


def test_a_manifest_is_given_by_tag_and_by_digest_and_not_twice() -> None:
    accepting = basic() | {"accept": f"{DOCKER_MANIFEST}; q=0.9, */*"}
    by_tag = ask(Scheme.BASIC, "/v2/lnmp/nginx/manifests/v2", accepting)
    digest = by_tag.headers["Docker-Content-Digest"]
    by_digest = ask(Scheme.BASIC, f"/v2/lnmp/nginx/manifests/{digest}", basic())
    again = ask(Scheme.BASIC, "/v2/lnmp/nginx/manifests/v2", accepting | {"if-none-match": f'"{digest}"'})

    assert by_tag.body == by_digest.body == PLAIN.manifest.data
    assert by_tag.headers["Content-Type"] == DOCKER_MANIFEST
    assert (again.status, again.body) == (304, b"")


def blob(descriptor: dict[str, Any], repository: str) -> bytes:
    answer = ask(Scheme.BASIC, f"/v2/{repository}/blobs/{descriptor['digest']}", basic())
    body: bytes = answer.body
    assert "sha256:" + hashlib.sha256(body).hexdigest() == descriptor["digest"]
    assert len(body) == descriptor["size"]
    return body


@pytest.mark.parametrize(
    ("one", "repository"),
    [pytest.param(PLAIN, "lnmp/nginx", id="image"), pytest.param(MANY, "lnmp/many", id="index")],
)
def test_images_are_whole(one: Any, repository: str) -> None:
    """Every digest and size is that of the bytes, down to the layer's diff ID."""
    accept = {"accept": f"{DOCKER_MANIFEST}, {OCI_INDEX}, {OCI_MANIFEST}"}
    for manifest in one.children or (one.manifest,):
        found = ask(Scheme.BASIC, f"/v2/{repository}/manifests/{manifest.digest}", basic() | accept)
        content = json.loads(found.body)
        config = json.loads(blob(content["config"], repository))
        layer = gzip.decompress(blob(content["layers"][0], repository))

        assert config["rootfs"]["diff_ids"] == ["sha256:" + hashlib.sha256(layer).hexdigest()]
        with tarfile.open(fileobj=io.BytesIO(layer)) as tar:
            assert tar.getnames() == ["hello"]


def test_an_index_names_its_platforms() -> None:
    told = MANY.manifest
    read = parse_manifest(told.data, told.media_type, reference="r", host="h", digest=told.digest)

    assert read.platforms == ("linux/amd64", "linux/arm64")
    assert [child.digest for child in MANY.children] == [
        entry["digest"] for entry in json.loads(told.data)["manifests"]
    ]
