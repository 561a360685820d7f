import hashlib
import json
from typing import Any

import pytest

from pullsecret.core import manifests
from pullsecret.core.causes import Cause
from pullsecret.core.errors import RegistryFailure
from pullsecret.core.manifests import (
    DOCKER_LIST,
    DOCKER_MANIFEST,
    DOCKER_SCHEMA1,
    DOCKER_SIGNED_SCHEMA1,
    OCI_ARTIFACT,
    OCI_INDEX,
    OCI_MANIFEST,
    Manifest,
    check_digest,
    compute_digest,
    config_platform,
    is_digest,
    parse_manifest,
)

DIGEST = "sha256:" + "a" * 64
CONFIG = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": DIGEST, "size": 3}
SIMPLE = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": CONFIG, "layers": []}


def entry(platform: Any, **more: Any) -> dict[str, Any]:
    return {"mediaType": OCI_MANIFEST, "digest": DIGEST, "size": 1, "platform": platform, **more}


def index(*entries: Any) -> dict[str, Any]:
    return {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": list(entries)}


def read(content: Any, content_type: str = "") -> Manifest:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return parse_manifest(body, content_type, reference="a.test/x:1", host="a.test", digest=DIGEST)


@pytest.mark.parametrize(
    ("content", "content_type", "media_type"),
    [
        pytest.param(SIMPLE, "", OCI_MANIFEST, id="says-so-itself"),
        pytest.param(SIMPLE, DOCKER_MANIFEST, OCI_MANIFEST, id="itself-before-the-registry"),
        pytest.param({"config": CONFIG, "layers": []}, DOCKER_MANIFEST, DOCKER_MANIFEST, id="registry-says"),
        pytest.param({"config": CONFIG, "layers": []}, "application/json", OCI_MANIFEST, id="by-its-config"),
        pytest.param({"manifests": []}, "", OCI_INDEX, id="by-its-manifests"),
        pytest.param({"manifests": []}, DOCKER_LIST, DOCKER_LIST, id="list"),
        pytest.param({"mediaType": 7, "config": CONFIG}, "", OCI_MANIFEST, id="odd-media-type"),
    ],
)
def test_formats(content: Any, content_type: str, media_type: str) -> None:
    assert read(content, content_type).media_type == media_type


def test_an_image_of_one_platform_names_its_config() -> None:
    body = json.dumps(SIMPLE).encode()
    assert read(body) == Manifest("a.test/x:1", DIGEST, OCI_MANIFEST, (), len(body), DIGEST)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        pytest.param(SIMPLE, "", id="image"),
        pytest.param(
            {**SIMPLE, "config": {**CONFIG, "mediaType": "application/vnd.cncf.helm.config.v1+json"}},
            "application/vnd.cncf.helm.config.v1+json",
            id="helm-chart",
        ),
        pytest.param(
            {**SIMPLE, "artifactType": "application/x.test"}, "application/x.test", id="artifact-type"
        ),
        pytest.param(
            {"mediaType": OCI_ARTIFACT, "artifactType": "application/spdx+json", "blobs": []},
            "application/spdx+json",
            id="artifact-manifest",
        ),
        pytest.param({**SIMPLE, "artifactType": "a\nb"}, "", id="no-media-type"),
        pytest.param({**SIMPLE, "artifactType": 3}, "", id="number"),
    ],
)
def test_what_is_no_image_says_what_it_is(content: Any, kind: str) -> None:
    assert read(content).artifact_type == kind


@pytest.mark.parametrize(
    ("entries", "platforms"),
    [
        pytest.param(
            [
                entry({"os": "linux", "architecture": "amd64"}),
                entry({"os": "linux", "architecture": "arm64", "variant": "v8"}),
            ],
            ("linux/amd64", "linux/arm64/v8"),
            id="two",
        ),
        pytest.param(
            [entry({"os": "linux", "architecture": "amd64", "variant": ""})],
            ("linux/amd64",),
            id="empty-variant",
        ),
        pytest.param(
            [entry({"os": "windows", "architecture": "amd64", "os.version": v}) for v in ("1", "2")],
            ("windows/amd64",),
            id="twice",
        ),
        pytest.param([entry({"os": "unknown", "architecture": "unknown"})], (), id="attestation"),
        pytest.param(
            [
                entry(
                    {"os": "linux", "architecture": "amd64"},
                    annotations={"vnd.docker.reference.type": "attestation-manifest"},
                )
            ],
            (),
            id="attestation-by-annotation",
        ),
        pytest.param(
            [entry({"os": "linux", "architecture": "amd64"}, annotations={"a": "b"})],
            ("linux/amd64",),
            id="annotated",
        ),
        pytest.param([entry({"os": "linux"})], (), id="no-architecture"),
        pytest.param([entry({"architecture": "amd64"})], (), id="no-system"),
        pytest.param([entry({"os": "\x1b[2J", "architecture": "amd64"})], (), id="terminal-codes"),
        pytest.param([entry({"os": 1, "architecture": []})], (), id="no-text"),
        pytest.param([entry(None), 7, "x", {}], (), id="odd-entries"),
        pytest.param(
            [entry({"os": "linux", "architecture": "amd64"}, annotations=[])],
            ("linux/amd64",),
            id="odd-annotations",
        ),
    ],
)
def test_platforms_of_an_index(entries: list[Any], platforms: tuple[str, ...]) -> None:
    assert read(index(*entries)).platforms == platforms


def test_an_index_without_end_is_read_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifests, "ENTRIES_MAX", 2)
    entries = [entry({"os": "linux", "architecture": f"a{n}"}) for n in range(3)]
    assert read(index(*entries)).platforms == ("linux/a0", "linux/a1")


def test_an_index_whose_list_is_none_has_no_platforms() -> None:
    assert read({"mediaType": OCI_INDEX, "manifests": {}}).platforms == ()


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        pytest.param({"schemaVersion": 1}, "", id="by-its-version"),
        pytest.param({"schemaVersion": 1}, "text/plain", id="as-plain-text"),
        pytest.param({"schemaVersion": 1}, DOCKER_SIGNED_SCHEMA1, id="signed"),
        pytest.param({"mediaType": DOCKER_SCHEMA1}, "", id="says-so"),
    ],
)
def test_the_old_format_is_told(content: Any, content_type: str) -> None:
    with pytest.raises(RegistryFailure, match="old format") as caught:
        read(content, content_type)
    assert caught.value.cause is Cause.MANIFEST_UNSUPPORTED
    assert caught.value.exit_code == 1


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<!doctype html>", id="html"),
        pytest.param(b"\x00\xff", id="binary"),
        pytest.param(b"[" * 100_000, id="deep"),
        pytest.param(b"9" * 5000, id="long-number"),
        pytest.param(b"[]", id="list"),
        pytest.param(b"null", id="null"),
        pytest.param({}, id="nothing-in-it"),
        pytest.param({"mediaType": "application/x", "schemaVersion": 2}, id="unknown"),
        pytest.param({**SIMPLE, "manifests": []}, id="manifest-and-index-at-once"),
        pytest.param({**index(), "layers": []}, id="index-and-manifest-at-once"),
        pytest.param({**index(), "config": {}}, id="index-and-config-at-once"),
    ],
)
def test_garbage_is_no_manifest(content: Any) -> None:
    with pytest.raises(RegistryFailure, match="did not answer as a registry") as caught:
        read(content)
    assert caught.value.cause is Cause.REGISTRY_ERROR


def test_a_manifest_that_is_too_long_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifests, "CONTENT_LIMIT", 10)
    with pytest.raises(RegistryFailure):
        read(SIMPLE)


@pytest.mark.parametrize(
    "config",
    [
        pytest.param({**CONFIG, "digest": "sha256:../../x"}, id="no-digest"),
        pytest.param({**CONFIG, "digest": 3}, id="number"),
        pytest.param({}, id="empty"),
        pytest.param(None, id="null"),
    ],
)
def test_a_config_without_a_digest_is_none(config: Any) -> None:
    assert read({**SIMPLE, "config": config}).config_digest == ""


@pytest.mark.parametrize(
    ("config", "platforms"),
    [
        pytest.param({"os": "linux", "architecture": "arm", "variant": "v7"}, ("linux/arm/v7",), id="named"),
        pytest.param({"config": {}}, (), id="not-named"),
    ],
)
def test_the_platform_of_a_config(config: Any, platforms: tuple[str, ...]) -> None:
    assert config_platform(json.dumps(config).encode(), reference="x", host="a.test") == platforms


def test_a_config_that_is_none() -> None:
    with pytest.raises(RegistryFailure, match="config of x is no JSON object"):
        config_platform(b"x", reference="x", host="a.test")


BODY = b"{}"
SHA256 = "sha256:" + hashlib.sha256(BODY).hexdigest()
SHA512 = "sha512:" + hashlib.sha512(BODY).hexdigest()


@pytest.mark.parametrize(
    ("like", "digest"),
    [("", SHA256), (SHA256, SHA256), (SHA512, SHA512), ("md5:" + "a" * 32, SHA256), ("sha512:zz", SHA256)],
)
def test_digests_are_computed_by_the_algorithm_asked_for(like: str, digest: str) -> None:
    assert compute_digest(BODY, like=like) == digest


@pytest.mark.parametrize(
    ("wanted", "digest"),
    [
        pytest.param((), SHA256, id="none-given"),
        pytest.param(("", ""), SHA256, id="empty-ones"),
        pytest.param(("", SHA512, SHA256), SHA512, id="first-one-counts"),
    ],
)
def test_bytes_that_are_what_they_should_be(wanted: tuple[str, ...], digest: str) -> None:
    assert check_digest(BODY, *wanted, reference="x", host="a.test") == digest


@pytest.mark.parametrize("wanted", [(DIGEST,), (SHA256, DIGEST), (SHA256, "sha512:" + "a" * 128)])
def test_other_bytes_are_told(wanted: tuple[str, ...]) -> None:
    with pytest.raises(RegistryFailure, match="sent other bytes for x") as caught:
        check_digest(BODY, *wanted, reference="x", host="a.test")
    assert caught.value.cause is Cause.DIGEST_MISMATCH
    assert caught.value.exit_code == 1


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (SHA256, True),
        (SHA512, True),
        ("sha384:" + "0" * 96, True),
        (SHA256.upper(), False),
        (SHA256 + "\n", False),
        ("", False),
    ],
)
def test_what_is_a_digest(text: str, is_one: bool) -> None:
    assert is_digest(text) is is_one
