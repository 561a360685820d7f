"""Manifests and data byte for byte as kubectl makes them: `tests/vectors/kubectl.json` holds its answers."""

import base64
import json
from pathlib import Path

import pytest
import yaml

from pullsecret.core.dockerconfig import DockerConfig
from pullsecret.core.pullsecrets import (
    KEY_JSON,
    KEY_LEGACY,
    TYPE_JSON,
    TYPE_LEGACY,
    Secret,
    secret_manifest,
    with_config,
)

RECORDED = json.loads((Path(__file__).parents[2] / "vectors" / "kubectl.json").read_text())


@pytest.mark.parametrize("case", RECORDED["data"], ids=lambda case: case["id"])
def test_data_is_kubectls(case):
    config = DockerConfig.empty().with_entry(
        case["server"], case["username"], case["password"], email=case["email"]
    )
    assert config.to_secret_bytes().decode() == case["data"]


@pytest.mark.parametrize("case", RECORDED["manifests"], ids=lambda case: case["id"])
def test_the_manifest_is_kubectls(case):
    config = DockerConfig.empty().with_entry("harbor.example.com", "u", "p$<>")
    made = secret_manifest("pull", config, namespace=case.get("namespace", ""))
    assert yaml.dump(made, Dumper=yaml.CSafeDumper, sort_keys=True) == case["yaml"]


def test_labels_and_annotations():
    made = secret_manifest("x", DockerConfig.empty(), labels={"a": "b"}, annotations={"c": "d"})
    assert made["metadata"] == {
        "creationTimestamp": None, "name": "x", "labels": {"a": "b"}, "annotations": {"c": "d"},
    }  # fmt: skip


def test_a_manifest_is_read_again():
    config = DockerConfig.empty().with_entry("h.io", "u", "p")
    assert Secret.from_manifest(secret_manifest("x", config)).config == config


@pytest.mark.parametrize(
    ("kind", "key", "text"),
    [
        (TYPE_JSON, KEY_JSON, b'{"auths":{"h.io":{"auth":"dTpw"}}}'),
        (TYPE_LEGACY, KEY_LEGACY, b'{"h.io":{"auth":"dTpw"}}'),
    ],
)
def test_a_patch_keeps_the_type_and_carries_the_version_that_was_read(kind, key, text):
    obj = {"type": kind, "metadata": {"name": "x", "resourceVersion": "7"}}
    config = DockerConfig.parse('{"auths":{"h.io":{"auth":"dTpw"}}}')
    assert with_config(obj, config) == {
        "metadata": {"resourceVersion": "7"},
        "data": {key: base64.b64encode(text).decode()},
    }
