"""New credentials are tried once each, and what came of it decides whether they are handed out."""

from datetime import UTC, datetime

import pytest

from pullsecret.core.causes import Cause
from pullsecret.core.errors import RegistryFailure
from pullsecret.core.images import ImageReference
from pullsecret.core.policy.model import OnUnreachable, Verify
from pullsecret.core.policy.sources import content_of
from pullsecret.core.policy.status import Result
from pullsecret.operator.verifying import try_out
from support.clusters import login
from support.operating import FakeRegistries
from support.syncing import SOURCE, a_policy, source_secret

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
IMAGE = ImageReference.parse("r.io/team/app:1")


def content(*entries):
    """Give what copies hold: `HOST=PASSWORD`, in this order."""
    config = login()
    for entry in entries:
        host, _, password = entry.partition("=")
        config = config.with_entry(host, host, password)
    return content_of(a_policy(), {SOURCE: source_secret(config)})


async def tried(given, verify=None, *, known=None, **how):
    """Try credentials; `known` gives what is remembered by key."""
    registries = FakeRegistries(good={"good"}, **how)
    remembered = {key: (result, "before") for key, result in (known or {}).items()}
    trial = await try_out(
        verify or Verify(), given, lambda held: remembered.get(held.key), NOW, registries.open
    )  # fmt: skip
    return trial, [f"{host}={password}" for host, _, password in registries.asked]


def results(trial):
    return {one.held.key: one.result.value for one in trial.credentials}


@pytest.mark.parametrize(
    ("entries", "status", "usable", "told"),
    [
        pytest.param(["r.io=good"], "True", True, {"r.io": "Accepted"}, id="accepted"),
        pytest.param(["r.io=bad"], "False", False, {"r.io": "Rejected"}, id="rejected"),
        pytest.param(
            ["r.io=good", "q.io=bad"], "False", False,
            {"r.io": "Accepted", "q.io": "Rejected"}, id="one-of-two",
        ),
        pytest.param(
            ["r.io=good", "http://r.io=bad"], "True", True,
            {"r.io": "Accepted", "http://r.io": "Rejected"}, id="overlap",
        ),
        pytest.param(["*.r.io=bad"], "Unknown", True, {"*.r.io": "NotTried"}, id="a-pattern-is-no-host"),
    ],
)  # fmt: skip
async def test_logins(entries, status, usable, told):
    trial, asked = await tried(content(*entries))
    assert (trial.condition.status, trial.usable, results(trial)) == (status, usable, told)
    assert len(asked) == len([entry for entry in entries if "*" not in entry]), "each once"
    assert trial.fresh
    assert trial.accepted == (status == "True")


@pytest.mark.parametrize(
    ("entries", "asked", "told"),
    [
        pytest.param(["r.io=good"], ["r.io=good"], {"r.io": "Accepted"}, id="works"),
        pytest.param(["r.io=bad"], ["r.io=bad"], {"r.io": "Rejected"}, id="does-not"),
        pytest.param(
            ["r.io/team=bad", "r.io=good"], ["r.io=bad", "r.io=good"],
            {"r.io/team": "Rejected", "r.io": "Accepted"}, id="the-more-exact-first",
        ),
        pytest.param(
            ["r.io/team=good", "r.io=bad"], ["r.io=good", "r.io=bad"],
            {"r.io/team": "Accepted", "r.io": "Rejected"}, id="what-the-image-does-not-need-is-logged-in",
        ),
        pytest.param(
            ["r.io=good", "q.io=bad"], ["r.io=good", "q.io=bad"], {"r.io": "Accepted", "q.io": "Rejected"},
            id="another-registry",
        ),
        pytest.param(["q.io=good"], ["q.io=good"], {"q.io": "Accepted"}, id="none-for-the-image"),
    ],
)  # fmt: skip
async def test_with_an_image(entries, asked, told):
    trial, requests = await tried(content(*entries), Verify(image=IMAGE))
    assert requests == asked, "each once"
    assert results(trial) == told


@pytest.mark.parametrize("verify", [Verify(), Verify(image=IMAGE)], ids=["login", "image"])
@pytest.mark.parametrize("before", [Result.ACCEPTED, Result.REJECTED])
async def test_what_is_known_is_not_asked_again(verify, before):
    trial, asked = await tried(content("r.io=bad"), verify, known={"r.io": before})
    assert asked == []
    assert not trial.fresh
    assert trial.usable == (before is Result.ACCEPTED)
    assert trial.credentials[0].tried == "before"


async def test_a_rejected_one_is_not_tried_beside_a_new_one():
    given = content("r.io/team=bad", "r.io=good")
    trial, asked = await tried(given, Verify(image=IMAGE), known={"r.io/team": Result.REJECTED})
    assert asked == ["r.io=good"]
    assert not trial.usable


@pytest.mark.parametrize(("choice", "usable"), [(OnUnreachable.ALLOW, True), (OnUnreachable.DENY, False)])
async def test_nobody_answers(choice, usable):
    trial, asked = await tried(content("r.io=good"), Verify(on_unreachable=choice), down=True)
    assert (trial.condition.status, trial.condition.reason) == ("Unknown", "VerifyUnreachable")
    assert (trial.usable, trial.again) == (usable, True)
    assert "r.io (connection-refused)" in trial.condition.message
    again, asked = await tried(content("r.io=good"), known={"r.io": Result.UNREACHABLE})
    assert (asked, again.again) == ([], True), "another policy has just asked"


async def test_a_registrys_words_do_not_leave():
    class Talkative(FakeRegistries):
        async def login(self, host, credential):
            raise RegistryFailure("secret words", cause=Cause.REGISTRY_ERROR, host=host)

    trial = await try_out(Verify(), content("r.io=good"), lambda _: None, NOW, Talkative().open)
    assert "secret words" not in str(trial)
    assert "registry-error" in trial.condition.message
