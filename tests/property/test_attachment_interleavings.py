"""Whoever writes in between: nothing of others' is lost from a shared list, and ours gets there.

The server here does to a list what the API server does: a merge patch replaces it whole, and one that
carries another resource version than the stored one is a conflict and changes nothing.
"""

import copy
import json
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from pullsecret.core.attachment import (
    Change,
    plan_attach_service_account,
    plan_attach_workload,
    plan_detach_service_account,
    plan_detach_workload,
)  # fmt: skip

OURS = st.lists(st.sampled_from(["ours-1", "ours-2", "ours-3"]), min_size=1, max_size=3)
ENTRIES = st.one_of(
    st.none(),
    st.builds(dict),
    st.fixed_dictionaries(
        {"name": st.sampled_from(["theirs-1", "theirs-2", "theirs-3"])}, optional={"x": st.integers(0, 3)}
    ),
)


class Server:
    """One object with a list, under optimistic locking."""

    def __init__(self, *path: str) -> None:
        self.path, self.version, self.entries = path, 1, list[Any]()

    def read(self) -> dict[str, Any]:
        body: dict[str, Any] = {"imagePullSecrets": copy.deepcopy(self.entries)}
        for step in reversed(self.path):
            body = {step: body}
        kind = ("apps/v1", "Deployment") if self.path else ("v1", "ServiceAccount")
        metadata = {"name": "x", "namespace": "y", "resourceVersion": str(self.version)}
        return {"apiVersion": kind[0], "kind": kind[1], "metadata": metadata, **body}

    def patch(self, patch: dict[str, Any]) -> bool:
        patch = json.loads(json.dumps(patch))
        if patch["metadata"]["resourceVersion"] != str(self.version):
            return False
        for step in self.path:
            patch = patch[step]
        self.write(patch["imagePullSecrets"])
        return True

    def write(self, entries: list[Any]) -> None:
        self.entries, self.version = entries, self.version + 1


def is_ours(entry: Any) -> bool:
    return isinstance(entry, dict) and str(entry.get("name")).startswith("ours-")


class Writers(RuleBasedStateMachine):
    """We read, plan and write with others between any two of these; a plan may be late by any time."""

    plans = Bundle("plans")

    def __init__(self) -> None:
        super().__init__()
        self.server = Server()
        self.theirs: list[Any] = []
        self.ours: list[str] = []

    @rule(entry=ENTRIES)
    def another_adds(self, entry: Any) -> None:
        self.theirs.append(entry)
        self.server.write([*self.server.entries, entry])

    @rule(data=st.data())
    def another_removes(self, data: st.DataObject) -> None:
        places = [index for index, entry in enumerate(self.server.entries) if not is_ours(entry)]
        if not places:
            return
        place = data.draw(st.sampled_from(places))
        self.server.write([entry for index, entry in enumerate(self.server.entries) if index != place])
        del self.theirs[places.index(place)]

    @rule()
    def another_touches_the_object(self) -> None:
        self.server.version += 1

    @rule(target=plans, names=OURS, attach=st.booleans())
    def we_plan(self, names: list[str], attach: bool) -> tuple[Change | None, list[str], bool]:
        return self.plan(names, attach), names, attach

    @rule(planned=consumes(plans))
    def we_write_and_try_again_until_it_holds(self, planned: tuple[Change | None, list[str], bool]) -> None:
        change, names, attach = planned
        if change is None:
            return
        if not self.server.patch(change.patch):
            change = self.plan(names, attach)
            assert change is None or self.server.patch(change.patch)
        listed = [entry["name"] for entry in self.server.entries if is_ours(entry)]
        assert all((name in listed) is attach for name in names)
        self.ours = [name for name in [*self.ours, *names] if attach or name not in names]
        assert self.plan(names, attach) is None, "a second plan has nothing left to do"

    @invariant()
    def nothing_of_others_is_lost_or_moved(self) -> None:
        assert [entry for entry in self.server.entries if not is_ours(entry)] == self.theirs

    @invariant()
    def ours_is_there_once(self) -> None:
        listed = [entry["name"] for entry in self.server.entries if is_ours(entry)]
        assert sorted(listed) == sorted(set(self.ours))

    def plan(self, names: list[str], attach: bool) -> Change | None:
        plan = plan_attach_service_account if attach else plan_detach_service_account
        return plan(self.server.read(), names)


class WorkloadWriters(Writers):
    """The same on a workload, whose Pods inherit nothing here."""

    def __init__(self) -> None:
        super().__init__()
        self.server = Server("spec", "template", "spec")

    def plan(self, names: list[str], attach: bool) -> Change | None:
        obj = self.server.read()
        return plan_attach_workload(obj, names, []) if attach else plan_detach_workload(obj, names)


@pytest.mark.parametrize("writers", [Writers, WorkloadWriters])
def test_no_interleaving_loses_an_entry_of_others(writers: type[RuleBasedStateMachine]) -> None:
    case = writers.TestCase()
    case.settings = settings(max_examples=100, stateful_step_count=30)
    case.runTest()
