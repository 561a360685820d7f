"""Whatever the text: it is explained, in little time, and what is secret or obeyed in it is not repeated."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pullsecret.core.causes import Cause
from pullsecret.core.explain import Explanation, explain, explain_objects, explain_text
from pullsecret.core.explain.explanation import NAME_MAX, SAID_MAX
from pullsecret.core.explain.report import LINE_MAX
from pullsecret.core.plaintext import is_shown_as_is

SECRET = "Tr0ub4dor3-xyz"

WORDS = st.sampled_from([
    "Failed to pull image", '"reg.test:5000/a:1"', "rpc error: code = Unknown desc =",
    "rpc error: code = 99 desc =", "failed to pull and unpack image", "failed to do request: Head",
    '"https://reg.test/v2/a?ns=docker.io"', "dial tcp 192.0.2.1:443:", "lookup reg.test on 192.0.2.53:53:",
    "no such host", "x509:", "EOF", "401 Unauthorized", "status code 403", "unexpected status:", "denied:",
    "unknown:", "manifest unknown", "(secret-a, b)", "Unable to retrieve some image pull secrets", "│\n│",
    "[rpc error: code = 1, rpc error: code = 2]", "\n", "  ", '\\"', "\\n", "context canceled",
    "Warning  Failed", "LAST SEEN   TYPE   REASON   OBJECT   MESSAGE\n", "Name: x", "[a](https://b.test/)",
    "; artifact err: x", '{"code":"DENIED","message":"m"}', "<url>", "image=", "NAME READY STATUS",
    "web 0/1 ErrImagePull", "\x1b[31m", "\u202e",
    "429 Too Many Requests - Server message: toomanyrequests: You",
])  # fmt: skip
TEXTS = st.one_of(st.text(), st.lists(st.one_of(WORDS, st.text(max_size=8)), max_size=24).map(" ".join))

HIDDEN = st.sampled_from([
    "https://u:{}@reg.test/v2/", "https://{}@reg.test/v2/", "http://u:a/{}@reg.test/", "u:{}@reg.test/a:1",
    "https://c.test/b?sig={}", "https://c.test/b?X-Amz-Signature={}&a=b", "Authorization: Basic {}",
    "authorization=Bearer {}", '{{"password":"{}"}}', '{{\\"auth\\":\\"{}\\"}}', "--docker-password {} ",
    "--password={}",
])  # fmt: skip


def shown(explanation: Explanation) -> list[str]:
    fixes = explanation.fixes()
    commands = [word for fix in fixes if fix.command for word in fix.command.argv]
    return [
        explanation.summary, explanation.image, explanation.registry, explanation.said, *explanation.secrets,
        *commands,
    ]  # fmt: skip


@given(TEXTS, TEXTS)
def test_any_text_is_explained(text: str, context: str) -> None:
    explanation = explain(text, context)
    assert explanation.cause in Cause
    assert explanation.cause not in explanation.alternatives
    assert explanation.summary
    assert all(is_shown_as_is(char) for part in shown(explanation) for char in part)
    assert len(explanation.image) <= NAME_MAX
    assert len(explanation.registry) <= NAME_MAX
    assert len(explanation.said) <= SAID_MAX


@given(TEXTS)
def test_any_text_is_gone_through(text: str) -> None:
    for found in explain_text(text):
        assert len(found.line) <= LINE_MAX
        assert all(is_shown_as_is(char) for char in "".join((found.line, *found.pods)))


@given(TEXTS, HIDDEN, TEXTS)
def test_a_credential_in_it_is_never_repeated(before: str, hidden: str, after: str) -> None:
    text = f"{before} {hidden.format(SECRET)} {after}"
    explanation = explain(text, text)
    assert SECRET not in " ".join(shown(explanation))
    assert SECRET not in repr(explain_text(text))


FIELDS = st.sampled_from([
    "kind", "items", "reason", "message", "note", "involvedObject", "regarding", "metadata", "name",
    "namespace",
    "status", "containerStatuses", "state", "waiting", "spec", "containers", "image",
])  # fmt: skip
JSON: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.integers(), st.text(max_size=5), WORDS,
              st.sampled_from(["Event", "EventList", "List", "Pod", "Failed", "ErrImagePull"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        FIELDS, inner, max_size=6),
    max_leaves=40,
)  # fmt: skip


@given(st.lists(JSON, max_size=4))
def test_any_objects_are_gone_through(objects: list[Any]) -> None:
    explain_objects(objects)
    explain_text(json.dumps(objects))
