"""Who refuses a Secret may repeat it: nothing of it is passed on."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from pullsecret.kube.status import error_of
from pullsecret.kube.withheld import without_dumps, without_sent
from support.spellings import leaks

PASSWORD = 'w0rd <&>"ö\\%+/$-7'
AUTH = base64.b64encode(f"robot:{PASSWORD}".encode()).decode()
CONFIG = json.dumps({"auths": {"h.io": {"username": "robot", "password": PASSWORD, "auth": AUTH}}})
PACKED = base64.b64encode(CONFIG.encode()).decode()
TOKEN = "opaque-token-4711"
SECRET = {
    "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "harbor", "labels": {"team": "shop"}},
    "data": {".dockerconfigjson": PACKED, "token": base64.b64encode(TOKEN.encode()).decode()},
}  # fmt: skip
BODIES: list[Any] = [
    pytest.param(SECRET, id="object"),
    pytest.param({"metadata": {"resourceVersion": "7"}, "data": SECRET["data"]}, id="merge-patch"),
    pytest.param([{"op": "replace", "path": "/data/.dockerconfigjson", "value": PACKED},
                  {"op": "replace", "path": "/data", "value": SECRET["data"]},
                  {"op": "test", "path": "/metadata/resourceVersion", "value": "7"}], id="JSON-patch"),
    pytest.param({"stringData": {".dockerconfigjson": CONFIG, "token": TOKEN}}, id="plain"),
]  # fmt: skip
ECHOES: dict[str, Callable[[], str]] = {
    "the object": lambda: json.dumps(SECRET),
    "the object in JSON": lambda: json.dumps(json.dumps(SECRET)),
    "as YAML": lambda: f"data:\n  .dockerconfigjson: {PACKED}\n",
    "as a map of Go": lambda: f"map[apiVersion:v1 data:map[.dockerconfigjson:{PACKED}] kind:Secret]",
    "as bytes of Go": lambda: f"Data:map[string][]uint8{{'x': {list(CONFIG.encode())}}}".replace(",", ""),
    "as hex bytes of Go": lambda: ", ".join(f"0x{byte:x}" for byte in CONFIG.encode()),
    "the base64": lambda: f"value {PACKED} is no good",
    "the base64 cut off": lambda: f"value {PACKED[:30]}… is no good",
    "the middle of the base64": lambda: f"...{PACKED[21:60]}...",
    "the base64 for URLs": lambda: PACKED.replace("+", "-").replace("/", "_"),
    "decoded": lambda: f"config {CONFIG} is no good",
    "decoded and quoted": lambda: f"config {json.dumps(CONFIG)} is no good",
    "the password": lambda: f"password {PASSWORD} is weak",
    "the auth": lambda: f"auth {AUTH} is weak",
    "the token": lambda: f"token {TOKEN}, {base64.b64encode(TOKEN.encode()).decode()}",
}


@pytest.mark.parametrize("echo", ECHOES)
@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("code", [403, 422, 500])
def test_nothing_that_was_sent_is_repeated(code: int, body: Any, echo: str) -> None:
    said = f'admission webhook "guard" denied the request: {ECHOES[echo]()}'
    causes = [{"field": ECHOES[echo](), "reason": said, "message": said}]
    status = {"kind": "Status", "code": code, "reason": ECHOES[echo](), "message": said,
              "details": {"causes": causes}}  # fmt: skip
    for answer in (json.dumps(status).encode(), said.encode()):
        error = error_of(code, answer, request="POST https://x/api/v1/namespaces/a/secrets", sent=body)
        shown = "\n".join([error.message, error.hint, error.reason, str(error.causes), str(error)])
        assert 'admission webhook "guard" denied the request' in shown
        for secret in (PASSWORD, TOKEN, CONFIG):
            assert leaks(shown, secret, "robot") == [], shown
        assert PACKED[:30] not in shown
        assert PACKED[25:55] not in shown


def test_what_was_not_sent_is_left() -> None:
    said = 'Secret "harbor" of team shop is invalid: metadata.labels: too many: h.io, robot'
    assert without_sent(said, SECRET) == said
    assert without_sent({"code": 422, "a": [said, None]}, SECRET) == {"code": 422, "a": [said, None]}
    for body in (None, {"spec": {"data": 1}}, {"data": None}, {"data": {"x": "!"}}, [{"op": "remove"}]):
        assert without_sent(said, body) == said


@pytest.mark.parametrize(
    "text",
    [
        'failed calling webhook "x": Post "https://guard.policy.svc:443/validate?timeout=10s": EOF',
        'pods "web" is forbidden: User "system:serviceaccount:a:default" cannot patch resource "pods/status"',
        f"image h.io/app@sha256:{'0123456789abcdef' * 4} is not signed",
        "deployments.apps/very-long-name-of-a-deployment-that-somebody-made-up-in-2024 not found",
        "the server could not find /apis/apps/v1/namespaces/default/deployments/web/status",
        "ports 80, 443, 8080 and 8443 are taken",
    ],
)
def test_ordinary_words_are_left(text: str) -> None:
    assert without_dumps(text) == text
