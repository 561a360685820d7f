"""Waiting until the copies of a policy hold what their source holds now."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Protocol

from pullsecret.app.finding import find
from pullsecret.app.ports import Cluster, Watcher
from pullsecret.app.rotate import Edit
from pullsecret.core.errors import ClusterError, Forbidden, InvalidInput
from pullsecret.core.objects import NAMESPACE, SECRET, Object, name_of, namespace_of
from pullsecret.core.plan.copies import is_ours
from pullsecret.core.policy.model import Policy
from pullsecret.core.policy.optout import opt_out_of
from pullsecret.core.pullsecrets import Secret
from pullsecret.core.rotation import Login
from pullsecret.core.watching import Batch, ChangeType, Snapshot

Progress = Callable[[int, int], None]
"""Told how many copies hold the new login, of how many."""


class Following(Cluster, Watcher, Protocol):
    """A cluster whose objects can be followed."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a copy has to hold.

    Attributes:
        logins: by key.
        gone: keys that must not be there any more.
    """

    logins: dict[str, Login]
    gone: Collection[str] = ()

    @classmethod
    def after(cls, edit: Edit) -> "Wanted":
        """Tell it from what became of the source."""
        entries = edit.config.entries
        logins = {key: Login(entries[key].username, entries[key].password) for key in edit.held.keys}
        return cls(logins, [key for key in edit.site.config.entries if key not in entries])

    def held_by(self, copy: Object) -> bool:
        """Tell whether a copy is as wanted."""
        try:
            entries = Secret.from_manifest(copy).readable_config.entries
        except InvalidInput:
            return False
        return not any(key in entries for key in self.gone) and all(
            key in entries and Login(entries[key].username, entries[key].password) == login
            for key, login in self.logins.items()
        )


@dataclass(slots=True)
class FanOut:
    """How far a policy's copies are.

    Attributes:
        missing: namespaces whose copy does not hold the new login yet.
        trouble: why that may be, where somebody knows.
    """

    policy: Policy
    copies: int = 0
    missing: tuple[str, ...] = ()
    trouble: str = ""

    @property
    def updated(self) -> int:
        """How many copies hold it."""
        return self.copies - len(self.missing)


@dataclass(slots=True)
class _Copies:
    """What is known of the copies, by namespace."""

    policy: Policy
    wanted: Wanted
    left_alone: Collection[str]
    holds: dict[str, bool] = field(default_factory=dict)

    def note(self, batch: Batch) -> None:
        if isinstance(batch, Snapshot):
            self.holds.clear()
            for obj in batch.objects:
                self._note_one(obj)
        elif batch.type is ChangeType.DELETED:
            self.holds.pop(namespace_of(batch.object), None)
        else:
            self._note_one(batch.object)

    def _note_one(self, obj: Object) -> None:
        namespace = namespace_of(obj)
        kept = is_ours(obj, self.policy.uid) and not opt_out_of(obj, "Secret")
        if kept and namespace not in self.left_alone:
            self.holds[namespace] = self.wanted.held_by(obj)
        else:
            self.holds.pop(namespace, None)

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(sorted(namespace for namespace, holds in self.holds.items() if not holds))


async def wait_for_copies(
    cluster: Following, edits: Sequence[Edit], patience: float | None, found: list[FanOut], progress: Progress
) -> list[str]:
    """Wait until all copies of all policies that are made of these Secrets hold the new login.

    Args:
        cluster: where.
        edits: the sources as they were written.
        patience: seconds to wait at most; None: for ever.
        found: filled with each policy's state, which changes on the way.
        progress: told after each change.

    Returns:
        Warnings: policies whose copies we may not see.
    """
    warnings: list[str] = []
    waits = []
    left_alone = await _left_alone(cluster) if any(edit.site.policies for edit in edits) else set()
    for edit in edits:
        for policy in edit.site.policies:
            fan_out = FanOut(policy)
            copies = _Copies(policy, Wanted.after(edit), left_alone)
            try:
                seen = await cluster.list(
                    SECRET, namespace=policy.key.namespace, field_selector=_named(policy)
                )
            except Forbidden as error:
                warnings.append(f"the copies of {policy.key} were not looked at: {error.message}")
                continue
            copies.note(Snapshot(seen))
            _tell(fan_out, copies)
            found.append(fan_out)
            waits.append((fan_out, copies))

    def tell(fan_out: FanOut, copies: _Copies) -> None:
        _tell(fan_out, copies)
        progress(sum(one.updated for one in found), sum(one.copies for one in found))

    progress(sum(one.updated for one in found), sum(one.copies for one in found))
    try:
        async with asyncio.timeout(patience):
            await asyncio.gather(*(_wait(cluster, *one, tell) for one in waits))
    except TimeoutError:
        for fan_out in found:
            fan_out.trouble = fan_out.trouble or await _trouble(cluster, fan_out)
    return warnings


async def _wait(
    cluster: Following, fan_out: FanOut, copies: _Copies, tell: Callable[[FanOut, _Copies], None]
) -> None:
    if not copies.missing:
        return
    policy = fan_out.policy
    following = cluster.follow(SECRET, namespace=policy.key.namespace, field_selector=_named(policy))
    async with aclosing(following) as followed:
        try:
            async for batch in followed:
                copies.note(batch)
                tell(fan_out, copies)
                if not copies.missing:
                    return
        finally:
            fan_out.trouble = followed.failure.message if followed.failure else ""


def _named(policy: Policy) -> str:
    """Choose the copies by name, which takes no right over other Secrets."""
    return f"metadata.name={policy.secret_name}"


def _tell(fan_out: FanOut, copies: _Copies) -> None:
    fan_out.copies, fan_out.missing = len(copies.holds), copies.missing


async def _left_alone(cluster: Cluster) -> set[str]:
    """Name the namespaces whose copies nobody keeps any more: opted out, or going."""
    try:
        namespaces = await cluster.list(NAMESPACE, metadata_only=True)
    except Forbidden:
        return set()
    return {
        name_of(obj)
        for obj in namespaces
        if opt_out_of(obj, "Namespace") or obj["metadata"].get("deletionTimestamp")
    }


async def _trouble(cluster: Cluster, fan_out: FanOut) -> str:
    """Say what the policy's own status says is wrong; empty when it says nothing."""
    key = fan_out.policy.key
    if not fan_out.missing:
        return ""
    try:
        obj = await find(cluster, key.resource, key.name, key.namespace) or {}
    except ClusterError as error:
        return error.message
    conditions = (obj.get("status") or {}).get("conditions") or []
    bad = [c for c in conditions if c.get("status") == "False"]
    return "; ".join(f"{c.get('type')} is False: {c.get('message') or c.get('reason')}" for c in bad)
