"""Put a new password for one registry into the pull Secrets that hold the old one, in place."""

import asyncio
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field

from pullsecret.app.outcome import Action, Change, Outcome
from pullsecret.app.ports import Cluster
from pullsecret.app.rotatesites import Site, Sought, look_again
from pullsecret.app.secrets import TRIES, busy, named
from pullsecret.app.sync import settle
from pullsecret.core.dockerconfig import DockerConfig
from pullsecret.core.errors import Conflict, PullSecretError, UsageError
from pullsecret.core.expiry import EXPIRES_AT, token_expiry
from pullsecret.core.objects import Object
from pullsecret.core.plan import PatchSecret
from pullsecret.core.pullsecrets import with_config
from pullsecret.core.rotation import (
    OVERLAP,
    Held,
    Login,
    Mode,
    edited,
    overlap_annotation,
    overlaps_of,
)
from pullsecret.core.sensitive import Sensitive


@dataclass(frozen=True, slots=True)
class Edit:
    """What becomes of one Secret.

    Attributes:
        config: what it holds afterwards.
        held: of that, what is for the registry.
        step: what is to be written, as in the plan of a namespace; None where nothing is.
    """

    site: Site
    config: DockerConfig
    held: Held
    step: PatchSecret | None = None

    @property
    def detail(self) -> str:
        """What is to be written, in words."""
        return self.step.why if self.step else ""


def one_login(sites: Sequence[Site], sought: Sought) -> Held:
    """Tell which registry and user it is about, where that was not said.

    Raises:
        UsageError: the Secrets differ in it, so that nobody could tell.
    """
    first = sites[0]
    for site in sites[1:]:
        if site.held.registry != first.held.registry:
            raise UsageError(
                f"{named(first.secret)} holds {first.held.registry}, "
                f"{named(site.secret)} {site.held.registry}",
                hint="say which with --registry",
            )
        if sought.username is None and site.held.username != first.held.username:
            raise UsageError(
                f"{named(first.secret)} holds a login of {first.held.username}, {named(site.secret)} one of "
                f"{site.held.username}",
                hint="say whose with --username, or rotate one at a time",
            )
    return first.held


def plan(sites: Sequence[Site], login: Login, mode: Mode) -> list[Edit]:
    """Plan what becomes of each Secret, before the first is written; pure.

    Raises:
        UsageError: one of them cannot be changed so.
    """
    if mode is Mode.FINISH and not any(site.held.old_keys for site in sites):
        raise UsageError(
            f"no overlap is open for {sites[0].held.registry} in {', '.join(named(s.secret) for s in sites)}",
            hint="`show` tells what it holds; `remove` takes out an entry",
        )
    return [plan_one(site, login, mode) for site in sites]


def plan_one(site: Site, login: Login, mode: Mode) -> Edit:
    """Plan what becomes of one Secret; pure."""
    if site.basic and mode in (Mode.OVERLAP, Mode.RENEW):
        raise UsageError(
            f"{named(site.secret)} holds one user and one password, with no room for an old one",
            hint="rotate without --overlap, or give the policy a source of type DockerConfig",
        )
    try:
        config, held = edited(site.config, site.held, login, mode)
    except UsageError as error:
        raise UsageError(f"{named(site.secret)}: {error.message}", hint=error.hint) from error
    if config == site.config:
        return Edit(site, config, held)
    patch = _basic_patch(site, held, config) if site.basic else _patch(site, held, config)
    return Edit(site, config, held, PatchSecret(site.ref.name, patch, _detail(site, held)))


def _patch(site: Site, held: Held, config: DockerConfig) -> Object:
    patch = with_config(site.obj, config)
    before = overlaps_of(site.secret.annotations)
    others = {old: key for old, key in before.items() if old not in site.held.old_keys}
    if before or held.old_keys:
        overlaps = overlap_annotation(config, {**others, **held.old_keys})
        patch["metadata"]["annotations"] = {OVERLAP: overlaps}
    return patch


def _basic_patch(site: Site, held: Held, config: DockerConfig) -> Object:
    """Write the two values of a `Basic` source; the user name only where it changes."""
    entry, basic = config.entries[held.keys[0]], site.basic
    assert basic is not None  # noqa: S101  told apart by the caller
    values = {basic.password_key: entry.password}
    if entry.username != site.held.username:
        values[basic.username_key] = Sensitive(entry.username)
    data = {
        key: binascii.b2a_base64(text.reveal().encode(), newline=False).decode()
        for key, text in values.items()
    }
    return {"metadata": {"resourceVersion": site.secret.resource_version}, "data": data}


def _detail(site: Site, held: Held) -> str:
    before = site.held
    user = held.username if held.username == before.username else f"{before.username} -> {held.username}"
    words = f"{held.registry}, user {user}"
    if before.old_keys and not held.old_keys:
        return f"{words}; the old login under {', '.join(before.old_keys)} is gone"
    if held.old_keys:
        return f"{words}; the old login stays under {', '.join(held.old_keys)} until --finish"
    return words


@dataclass(slots=True)
class Rotation:
    """What was done so far; whoever is interrupted tells it from here.

    Attributes:
        edits: the Secrets that hold the login now, written or not.
    """

    outcome: Outcome = field(default_factory=Outcome)
    edits: list[Edit] = field(default_factory=list)


async def write(
    cluster: Cluster,
    edits: Sequence[Edit],
    login: Login,
    mode: Mode,
    sought: Sought,
    rotation: Rotation,
    *,
    dry_run: str = "",
) -> None:
    """Write what was planned, one Secret after the other; one that fails does not stop the others.

    Args:
        cluster: where.
        edits: the plan.
        login: the new login.
        mode: what is done; a Secret that somebody else wrote meanwhile is planned anew.
        sought: likewise.
        rotation: filled on the way.
        dry_run: ``client``: write nothing; ``server``: let the server check every write, and keep none.
    """
    for edit in edits:
        site = edit.site
        try:
            done = (
                edit if dry_run == "client" else await _written(cluster, edit, login, mode, sought, dry_run)
            )
        except asyncio.CancelledError:
            rotation.outcome.warnings.append(f"{named(site.secret)} was being written, and may be")
            raise
        except PullSecretError as error:
            rotation.outcome.fail(f"secret/{site.ref.name}", site.ref.namespace, error)
            continue
        action = Action.CONFIGURED if done.step else Action.UNCHANGED
        rotation.outcome.changes.append(
            Change(f"secret/{site.ref.name}", site.ref.namespace, action, done.detail)
        )
        rotation.edits.append(done)


async def _written(
    cluster: Cluster, edit: Edit, login: Login, mode: Mode, sought: Sought, dry_run: str
) -> Edit:
    for _ in range(TRIES):
        if edit.step is None:
            return edit
        try:
            await settle.write(cluster, edit.site.ref.namespace, edit.step, dry_run=bool(dry_run))
        except Conflict:
            site = await look_again(cluster, edit.site, sought)
            if mode is Mode.FINISH and site.in_use != edit.site.in_use:
                raise UsageError(
                    f"{named(site.secret)}: the login that is to stay changed meanwhile",
                    hint="run it again: it is checked then",
                ) from None
            edit = plan_one(site, login, mode)
            continue
        return edit
    raise busy(named(edit.site.secret))


def stale_expiry(edits: Sequence[Edit], login: Login) -> list[str]:
    """Warn of annotations that tell the end of the old password; a password's own word comes before them."""
    if login.password and token_expiry(login.password):
        return []
    return [
        f"{named(edit.site.secret)} says in its annotation {EXPIRES_AT} when its login ends: {text}; "
        "that may be the old one's end"
        for edit in edits
        if edit.step and (text := edit.site.secret.annotations.get(EXPIRES_AT))
    ]
