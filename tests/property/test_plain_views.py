"""Whatever stands in an object, a token or a text: a view of it, or our own error."""

import base64
import json
import shlex
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pullsecret.core.commands import Command
from pullsecret.core.credentials import Credential
from pullsecret.core.errors import InvalidInput
from pullsecret.core.expiry import expiry_of, token_expiry
from pullsecret.core.plaintext import is_shown_as_is, printable
from pullsecret.core.sensitive import Sensitive
from pullsecret.core.stuckpods import container_states
from pullsecret.core.times import format_time, human_duration, parse_time
from pullsecret.core.workloads import items_of, workloads_of

KEYS = st.sampled_from(
    ["apiVersion", "kind", "metadata", "name", "items", "spec", "template", "jobTemplate", "containers",
     "initContainers", "image", "volumes", "reference", "imagePullSecrets", "serviceAccountName", "status",
     "containerStatuses", "state", "waiting", "running", "reason"]
)  # fmt: skip
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5),
    st.sampled_from(["v1", "apps/v1", "Pod", "Deployment", "CronJob", "List", "PodList", "ErrImagePull"]),
)  # fmt: skip
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=40,
)


@given(JSON)
def test_any_json_is_viewed_or_refused(value: Any) -> None:
    with suppress(InvalidInput):
        for obj in items_of(value):
            assert isinstance(obj, dict)
            with suppress(InvalidInput):
                for view in workloads_of(obj):
                    assert all(view.images)
                    assert all(view.secret_names)
                    assert view.own_list >= bool(view.secret_names)
                    assert view.service_account


@given(st.sampled_from(["Pod", "Deployment", "CronJob", "Web"]), st.dictionaries(KEYS, JSON))
def test_any_object_of_a_kind_is_viewed_or_refused(kind: str, body: dict[str, Any]) -> None:
    with suppress(InvalidInput):
        container_states({"apiVersion": "v1", **body, "kind": kind})


@given(st.text() | st.binary().map(lambda raw: base64.b64encode(raw).decode()))
def test_no_password_makes_expiry_raise(text: str) -> None:
    expiry_of(Credential("u", Sensitive(text)))
    token_expiry(Sensitive(f"{text}.{text}.{text}"))


def encoded(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@given(JSON, JSON)
def test_no_claims_make_expiry_raise(header: Any, claims: Any) -> None:
    first, second = encoded({"alg": "none", "x": header}), encoded({"exp": claims})
    moment = token_expiry(Sensitive(f"{first}.{second}."))
    assert moment is None or isinstance(claims, int | float)
    token_expiry(Sensitive(encoded({"payload": "", "expiration": claims})))


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_printed_text_holds_nothing_that_a_terminal_obeys(text: str) -> None:
    shown = printable(text)
    assert all(is_shown_as_is(char) for char in shown)
    assert printable(shown) == shown
    kept = printable(text, multiline=True)
    assert kept.count("\n") == text.count("\n")


@given(st.lists(st.text(st.characters(exclude_categories=["C"]))))
def test_a_quoted_command_splits_into_its_words(argv: list[str]) -> None:
    shell = Command(tuple(argv)).shell
    if all(is_shown_as_is(char) for word in argv for char in word):
        assert shlex.split(shell) == argv
    assert all(is_shown_as_is(char) for char in shell)


@given(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)), st.integers(-1439, 1439))  # noqa: DTZ001
def test_a_time_is_read_as_it_was_written(local: datetime, minutes: int) -> None:
    moment = local.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert parse_time(moment.isoformat()) == moment
    assert abs(parse_time(format_time(moment)) - moment) < timedelta(seconds=1)


@given(st.integers(0, 10**10))
def test_a_duration_never_says_more_than_there_is(seconds: int) -> None:
    text = human_duration(timedelta(seconds=seconds))
    units = {"s": 1, "m": 60, "h": 3600, "d": 86400, "y": 365 * 86400}
    said, number = 0, ""
    for char in text:
        if char.isdigit():
            number += char
        else:
            said, number = said + int(number) * units[char], ""
    assert said <= seconds
    assert seconds - said <= max(seconds / 8, 1), "and not much less"
