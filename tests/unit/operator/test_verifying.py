"""Trying credentials before they are handed out: each once, in bounded time, and told as it was."""

import asyncio
from contextlib import nullcontext
from datetime import UTC, datetime

import pytest

from pullsecret.core.causes import Cause
from pullsecret.core.errors import InvalidInput, RegistryFailure
from pullsecret.core.policy.model import OnUnreachable, Verify
from pullsecret.core.policy.status import Result
from pullsecret.core.verdicts import LoginResult
from pullsecret.operator.verifying import try_out
from support.syncing import a_content

NOW = datetime(2026, 1, 31, 8, tzinfo=UTC)


class Registries:
    """Each host answers by its name: `good`, `bad`, `silent` (never), `strange` (no host at all)."""

    def __init__(self):
        self.asked = []

    def __call__(self, _verify):
        return nullcontext(self)

    async def login(self, host, credential):
        self.asked.append(host)
        kind = host.partition(".")[0].partition("-")[0]
        if kind == "silent":
            await asyncio.Event().wait()
        if kind == "strange":
            raise InvalidInput(f"{host!r} is no registry")
        if kind == "bad":
            raise RegistryFailure("no", cause=Cause.CREDENTIAL_REJECTED, host=host, status=401)
        return LoginResult(host, proven=True, scheme="basic")


def nothing(_held):
    return Result.NOT_TRIED, ""


async def trial_of(*hosts, verify=None, seconds=5.0):
    registries = Registries()
    trial = await try_out(verify or Verify(), a_content(*hosts), nothing, NOW, registries, seconds=seconds)
    return trial, registries.asked


def results(trial):
    return {one.held.registry: one.result for one in trial.credentials}


async def test_what_is_accepted_is_handed_out():
    trial, asked = await trial_of("good.io", "good-2.io")
    assert asked == ["good.io", "good-2.io"]
    assert (trial.usable, trial.accepted, trial.again, trial.condition.message) == (True, True, False, "")


@pytest.mark.parametrize(
    ("hosts", "usable"),
    [
        pytest.param(["silent.io", "good.io"], True, id="silent-first"),
        pytest.param([f"silent-{number}.io" for number in range(100)], True, id="a-hundred-silent-ones"),
        pytest.param(["silent.io", "bad.io"], False, id="a-rejected-one-behind-it"),
    ],
)
async def test_registries_that_never_answer_hold_nobody_up(hosts, usable):
    async with asyncio.timeout(5):
        trial, _ = await trial_of(*hosts, seconds=0.05)
    found = results(trial)
    assert {found[host] for host in hosts if host.startswith("silent")} == {Result.UNREACHABLE}
    assert found.get("good.io", Result.ACCEPTED) is Result.ACCEPTED
    assert found.get("bad.io", Result.REJECTED) is Result.REJECTED
    assert trial.usable is usable


async def test_what_came_in_no_time_is_told_as_a_timeout_and_tried_again():
    trial, _ = await trial_of("silent.io", verify=Verify(on_unreachable=OnUnreachable.DENY), seconds=0.05)
    assert (trial.usable, trial.again) == (False, True)
    assert "silent.io (network-timeout)" in trial.condition.message


@pytest.mark.parametrize("host", ["strange", "strange.io", "*.good.io"])
async def test_what_cannot_be_asked_is_not_said_to_be_accepted(host):
    trial, _ = await trial_of(host)
    assert results(trial) == {host: Result.NOT_TRIED}
    assert (trial.usable, trial.accepted, trial.again) == (True, False, False)
    assert (trial.condition.status, trial.condition.reason) == ("Unknown", "CredentialNotTried")
    assert host in trial.condition.message


async def test_beside_what_is_accepted_it_is_told_too():
    trial, _ = await trial_of("good.io", "*.good.io")
    assert trial.accepted
    assert "*.good.io" in trial.condition.message
