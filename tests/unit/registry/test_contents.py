from typing import Any

import pytest

from pullsecret.core.exchange import Request
from pullsecret.core.manifests import compute_digest
from pullsecret.registry.contents import Contents
from support.flows import reply

BODY = b'{"a": 1}'
DIGEST = compute_digest(BODY)


def get(digest: str = DIGEST, **more: Any) -> Request:
    return Request("GET", f"https://a.test/v2/x/blobs/{digest}", digest=digest, **more)


def test_the_same_content_is_known_in_another_repository() -> None:
    contents, answer = Contents(), reply(body=BODY)
    contents.keep("a.test", get(), answer)
    assert contents.find("a.test", Request("GET", "https://a.test/v2/y/blobs/z", digest=DIGEST)) is answer


@pytest.mark.parametrize(
    ("host", "request_"),
    [
        pytest.param("b.test", get(), id="other-registry"),
        pytest.param("a.test", get(accept="application/json"), id="other-format"),
        pytest.param("a.test", get(digest="sha256:" + "0" * 64), id="other-digest"),
        pytest.param("a.test", get(digest=""), id="by-tag"),
    ],
)
def test_other_content_is_not(host: str, request_: Request) -> None:
    contents = Contents()
    contents.keep("a.test", get(), reply(body=BODY))
    assert contents.find(host, request_) is None


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        pytest.param(get(), reply(404, BODY), id="bad-answer"),
        pytest.param(get(), reply(body=b"{}"), id="other-bytes-than-the-digest-says"),
        pytest.param(get(digest=""), reply(body=BODY), id="by-tag"),
    ],
)
def test_what_is_not_kept(request_: Request, answer: Any) -> None:
    contents = Contents()
    contents.keep("a.test", request_, answer)
    assert contents.find("a.test", get()) is None


def test_there_is_room_for_so_much() -> None:
    contents = Contents(room=len(BODY))
    contents.keep("a.test", get(), reply(body=BODY))
    contents.keep("b.test", get(), reply(body=BODY))
    assert contents.find("a.test", get())
    assert contents.find("b.test", get()) is None
