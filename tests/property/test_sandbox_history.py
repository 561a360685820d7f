"""Lists, pages and watches of the imitation are views of one history, whatever was written."""

import json

import hypothesis.strategies as st
from hypothesis import given

from pullsecret.core.errors import ApiError
from pullsecret.core.objects import SECRET, Object
from pullsecret.sandbox.api import Api, Request
from pullsecret.sandbox.api.messages import Response
from support.apiservers import new_store, utc_now

NAMES = st.sampled_from("abcdef")
WRITES = st.lists(st.tuples(st.sampled_from(["create", "label", "unlabel", "delete"]), NAMES), max_size=30)
SECRETS = "/api/v1/namespaces/default/secrets"


def write(api: Api, verb: str, name: str) -> None:
    obj: Object = {"metadata": {"name": name, "labels": {"x": "y"} if verb == "label" else {}}}
    try:
        if verb == "create":
            api.store.create(SECRET, obj, "default")
        elif verb == "delete":
            api.store.delete(SECRET, name, "default")
        else:
            api.store.update(SECRET, {"metadata": {"namespace": "default", **obj["metadata"]}})
    except ApiError:
        pass


def told(response: Response) -> Object:
    value: Object = json.loads(response.body)
    return value


def listed(api: Api, **query: str) -> Object:
    return told(api.handle(Request("GET", SECRETS, query)))


def states(items: list[Object]) -> dict[str, str]:
    return {item["metadata"]["name"]: item["metadata"]["resourceVersion"] for item in items}


@given(before=WRITES, between=st.lists(WRITES, min_size=1, max_size=4), limit=st.integers(1, 4))
def test_pages_show_the_state_of_the_first(
    before: list[tuple[str, str]], between: list[list[tuple[str, str]]], limit: int
) -> None:
    api = Api(new_store(), clock=utc_now)
    for verb, name in before:
        write(api, verb, name)
    whole = states(listed(api)["items"])
    page = listed(api, limit=str(limit))
    found = page["items"]
    for writes in [*between, *[[]] * 6]:
        if not (token := page["metadata"].get("continue")):
            break
        for verb, name in writes:
            write(api, verb, name)
        page = listed(api, limit=str(limit), **{"continue": token})
        found += page["items"]
    assert states(found) == whole


@given(before=WRITES, missed=WRITES, after=WRITES, selector=st.sampled_from(["", "x=y", "!x"]))
def test_a_watch_leads_from_one_list_to_the_next(
    before: list[tuple[str, str]], missed: list[tuple[str, str]], after: list[tuple[str, str]], selector: str
) -> None:
    api = Api(new_store(), clock=utc_now)
    for verb, name in before:
        write(api, verb, name)
    first = listed(api, labelSelector=selector)
    state = states(first["items"])
    for verb, name in missed:
        write(api, verb, name)
    query = {"watch": "1", "resourceVersion": first["metadata"]["resourceVersion"], "labelSelector": selector}
    watch = api.handle(Request("GET", SECRETS, query)).watch
    assert watch is not None

    def follow(event: Object) -> None:
        name, version = event["object"]["metadata"]["name"], event["object"]["metadata"]["resourceVersion"]
        assert (event["type"] == "ADDED") is (name not in state)
        if event["type"] == "DELETED":
            del state[name]
        else:
            state[name] = version

    assert watch.start(follow)
    for verb, name in after:
        write(api, verb, name)
    assert state == states(listed(api, labelSelector=selector)["items"])
