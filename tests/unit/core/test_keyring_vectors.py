"""Every recorded lookup of the kubelet's own code (v1.20): `tests/vectors/keyring.jsonl.gz`."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from pullsecret import ImageReference, InvalidImageReference, InvalidPullSecret, Keyring

RECORDED = Path(__file__).parents[2] / "vectors" / "keyring.jsonl.gz"
CASES = [json.loads(line) for line in gzip.decompress(RECORDED.read_bytes()).splitlines()]


def answer(case: dict[str, Any]) -> dict[str, Any]:
    """Give our answer in the shape of the recorded one; an error's words need not be the same."""
    try:
        image = ImageReference.parse(case["image"])
    except InvalidImageReference:
        return {"image_error": True, "creds": []}
    said = {"repo": image.repository, "tag": image.tag, "digest": image.digest, "creds": []}
    try:
        found = Keyring.from_secrets(case["secrets"]).lookup(image.repository)
    except InvalidPullSecret:
        return {**said, "keyring_error": True}
    return {**said, "creds": [{"username": c.username, "password": c.password.reveal()} for c in found]}


def wanted(case: dict[str, Any]) -> dict[str, Any]:
    want = dict(case["want"])
    want |= {name: True for name in ("image_error", "keyring_error") if name in want}
    return want if "image_error" in want else {"tag": "", "digest": "", **want}


def test_all_of_them_are_here():
    assert len(CASES) == 2426


@pytest.mark.parametrize("start", range(0, 2426, 200))
def test_agrees_with_the_kubelet(start):
    cases = CASES[start : start + 200]
    differing = {case["id"]: answer(case) for case in cases if answer(case) != wanted(case)}
    assert not differing
