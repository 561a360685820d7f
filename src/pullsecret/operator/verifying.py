"""Tries new credentials at their registries: once for each state of a source; refused ones never again."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from datetime import datetime

from pullsecret.app.ports import Registries
from pullsecret.app.proof import prove_image
from pullsecret.core.causes import Cause
from pullsecret.core.errors import VERDICTS, InvalidInput, RegistryFailure
from pullsecret.core.keyring import Keyring
from pullsecret.core.policy.model import OnUnreachable, Verify
from pullsecret.core.policy.sources import Content, HeldCredential
from pullsecret.core.policy.status import Condition, Result, TriedCredential
from pullsecret.core.times import format_time

Open = Callable[[Verify], AbstractAsyncContextManager[Registries]]
"""Opens a client for registries that keeps to the operator's rules."""

Tried = tuple[Result, str]
"""What came of trying a credential, and when."""
Recall = Callable[[HeldCredential], Tried | None]
"""Remembers what came of trying a credential; None for one that is to be tried."""

TRIAL_SECONDS = 30.0
"""How long the registries of one policy may take together: whoever may write one could name hundreds that
never answer, and others wait for their turn."""
_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of trying a policy's credentials.

    Attributes:
        credentials: each with its result.
        condition: `CredentialVerified`.
        usable: whether they may be handed out.
        fresh: whether a registry was asked just now, rather than remembered.
        again: whether it should be tried again later, since no registry answered.
    """

    credentials: tuple[TriedCredential, ...]
    condition: Condition
    usable: bool
    fresh: bool = False
    again: bool = False

    @property
    def accepted(self) -> bool:
        """Whether the registries accept them."""
        return self.condition.status == "True"


async def try_out(
    verify: Verify, content: Content, recall: Recall, now: datetime, open_: Open, *,
    seconds: float = TRIAL_SECONDS,
) -> Trial:  # fmt: skip
    """Try what was not tried yet, and judge all of it.

    Args:
        verify: how to try them.
        content: the credentials.
        recall: what was tried before, and when.
        now: the time of trying.
        open_: opens the registries; not called when nothing has to be asked.
        seconds: for all of it; who has not answered by then was not reached.

    Raises:
        InvalidInput: `verify` names an image of no registry, or a CA bundle without certificates.
    """
    recalled = {held: recall(held) for held in content.credentials}
    known = {held: tried for held, tried in recalled.items() if tried is not None}
    unknown = [held for held, tried in recalled.items() if tried is None]
    causes: dict[HeldCredential, Cause] = {}
    if unknown:
        answers: dict[HeldCredential, Answer] = dict.fromkeys(unknown, _SILENT)
        async with open_(verify) as registries:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await _ask(verify, content, answers, registries)
        for held, (result, cause) in answers.items():
            causes |= {held: cause} if cause else {}
            known[held] = (result, format_time(now) if result is not Result.NOT_TRIED else "")
    tried = tuple(TriedCredential(held, *known[held]) for held in content.credentials)
    return _judge(verify, tried, causes, fresh=bool(unknown))


Answer = tuple[Result, Cause | None]
_SILENT: Answer = (Result.UNREACHABLE, Cause.NETWORK_TIMEOUT)


async def _ask(
    verify: Verify, content: Content, answers: dict[HeldCredential, Answer], registries: Registries
) -> None:
    """Try each credential once: with the image those that the kubelet would try for it, else as a login.

    Each answer takes its place in `answers` as it comes. Only causes leave here, never a registry's words.
    """
    by_image: dict[str, Answer] = {}
    if verify.image is not None:
        others = {held.key for held in content.credentials} - {held.key for held in answers}
        keyring = Keyring.from_configs([("source", content.config.without_keys(others))])
        if keyring.lookup(verify.image.repository):
            try:
                proof = await prove_image(verify.image, keyring, registries, platforms=None)
            except InvalidInput as invalid:
                raise InvalidInput(invalid.message, place="spec.verify.image") from invalid
            by_image = {attempt.origin.key: _result(attempt.cause) for attempt in proof.attempts}
    places = asyncio.Semaphore(_AT_ONCE)

    async def one(held: HeldCredential) -> None:
        async with places:
            answers[held] = by_image.get(held.key) or await _log_in(held, registries)

    async with asyncio.TaskGroup() as group:
        for held in list(answers):
            group.create_task(one(held))


async def _log_in(held: HeldCredential, registries: Registries) -> Answer:
    host = held.registry.partition("/")[0]
    if any(character in host for character in "*?["):
        return Result.NOT_TRIED, None  # a pattern is no host that could be asked
    try:
        await registries.login(host, held.credential)
    except RegistryFailure as failure:
        return _result(failure.cause)
    except InvalidInput:
        return Result.NOT_TRIED, None  # a key that is no host: the kubelet passes it over
    return _result(None)


def _result(cause: Cause | None) -> Answer:
    if cause is None:
        return Result.ACCEPTED, None
    return Result.REJECTED if cause in VERDICTS else Result.UNREACHABLE, cause


def _judge(
    verify: Verify, tried: tuple[TriedCredential, ...], causes: dict[HeldCredential, Cause], *, fresh: bool
) -> Trial:
    """Judge by registry: of two credentials for one, as in an overlap, it is enough that one works."""
    works = {one.held.registry for one in tried if one.result is Result.ACCEPTED}
    left = [one for one in tried if one.held.registry not in works]
    refused = [one.held for one in left if one.result is Result.REJECTED]
    unreached = [one.held for one in left if one.result is Result.UNREACHABLE]
    if refused:
        message = f"refused: {_named(refused, causes)}; the copies keep what they had"
        condition = Condition("CredentialVerified", "False", "CredentialRejected", message)
        return Trial(tried, condition, usable=False, fresh=fresh)
    if unreached:
        usable = verify.on_unreachable is OnUnreachable.ALLOW
        what = "handed out untried" if usable else "not handed out"
        message = f"not reached: {_named(unreached, causes)}; {what}"
        condition = Condition("CredentialVerified", "Unknown", "VerifyUnreachable", message)
        return Trial(tried, condition, usable=usable, fresh=fresh, again=True)
    untried = [one.held for one in left if one.result is Result.NOT_TRIED]
    message = f"no host that could be asked: {_named(untried, causes)}" if untried else ""
    condition = Condition("CredentialVerified", "True", "CredentialVerified", message)
    if untried and not works:
        condition = Condition("CredentialVerified", "Unknown", "CredentialNotTried", message)
    return Trial(tried, condition, usable=True, fresh=fresh)


def _named(held: Sequence[HeldCredential], causes: dict[HeldCredential, Cause]) -> str:
    """Name registries, each with the code of its cause where it was asked just now."""
    return ", ".join(one.registry + (f" ({causes[one].value})" if one in causes else "") for one in held)
