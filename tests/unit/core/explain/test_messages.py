"""Messages and what they mean: real ones with their causes, and own ones of every family.

`tests/vectors/failures.jsonl` holds messages that people reported. Where only the thread told the cause,
`literal_cause` is what the text alone says. `messages.jsonl` holds ours: the words that programs print, with
names of our own. `network_errors.jsonl` holds endings that all runtimes pass on.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from pullsecret import explain
from pullsecret.core.causes import Cause

VECTORS = Path(__file__).parents[3] / "vectors"


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (VECTORS / name).read_text().splitlines()]


def right(case: dict[str, Any]) -> set[str]:
    told_elsewhere = case["basis"] == "thread" and "literal_cause" in case
    return {case["cause"], case["literal_cause"]} if told_elsewhere else {case["cause"]}


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in lines("failures.jsonl")])
def test_real_messages(case):
    assert explain(case["message"]).cause in right(case)
    assert explain(case["message"], case["context"]).cause in right(case)


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in lines("messages.jsonl")])
def test_families(case):
    explanation = explain(case["message"])
    assert explanation.cause == case["cause"], explanation


IMAGE = "reg.example.test/team/app:1.0"
FAILED = f'Failed to pull image "{IMAGE}": '
RPC = f"{FAILED}rpc error: code = Unknown desc = "
UNPACK = f'failed to pull and unpack image "{IMAGE}": '
HEAD = 'Head "https://reg.example.test/v2/team/app/manifests/1.0": '
BLOB = 'Get "https://cdn.example.test/blobs/sha256:0123456789?X-Amz-Signature=a": '
PING = 'pinging container registry reg.example.test: Get "https://reg.example.test/v2/": '
LOG = 'E0102 21:10:37.610356   13696 remote_image.go:180] "PullImage from image service failed" err="'
SPEAKERS = {
    "containerd": f'{RPC}{UNPACK}failed to resolve reference "{IMAGE}": failed to do request: {HEAD}{{}}',
    "containerd 2": f"{FAILED}{UNPACK}failed to copy: httpReadSeeker: failed open: {BLOB}{{}}",
    "docker": f"{RPC}Error response from daemon: Get https://reg.example.test/v2/: {{}}",
    "cri-dockerd": f"{FAILED}Error response from daemon: {HEAD}{{}}",
    "cri-o": f"{RPC}{PING}{{}}",
    "cri-o with artifacts": (
        f"{FAILED}unable to pull image or OCI artifact: pull image err: {PING}{{}}; artifact err: 404"
    ),
    "crictl's log": f'{LOG}rpc error: code = Unknown desc = {UNPACK}{HEAD}{{}}" image="{IMAGE}"',
}


@pytest.mark.parametrize("speaker", SPEAKERS)
@pytest.mark.parametrize("case", [pytest.param(c, id=c["words"][:60]) for c in lines("network_errors.jsonl")])
def test_an_ending_means_the_same_whoever_says_it(speaker, case):
    message = SPEAKERS[speaker].replace("{}", case["words"])
    if "log" in speaker:
        after = f'" image="{IMAGE}"'
        said = message.removeprefix(LOG).removesuffix(after).replace('"', '\\"')
        message = f"{LOG}{said}{after}"
    explanation = explain(message)
    assert explanation.cause == case["cause"], explanation
    assert explanation.image == IMAGE


def test_real_messages_are_all_here():
    assert len(lines("failures.jsonl")) == 72
    assert {case["cause"] for case in lines("messages.jsonl")} <= set(Cause)
