"""A login is proved before it takes the place of one that works; each is tried once."""

import pytest

from pullsecret.app.rotateproof import require_login, require_pull
from pullsecret.core.causes import Cause
from pullsecret.core.errors import RegistryFailure, UsageError
from pullsecret.core.images import ImageReference
from pullsecret.core.rotation import Login
from pullsecret.core.sensitive import Sensitive
from support.registries import FakeRegistries

HOST = "harbor.example.com"
GOOD, BAD = Login("robot", Sensitive("s3cret-word")), Login("robot", Sensitive("bad-word"))
IMAGE = ImageReference.parse(f"{HOST}/lnmp/nginx:v2")


async def test_an_accepted_login_is_asked_about_once():
    registries = FakeRegistries()
    assert await require_login(f"https://{HOST}/v2/", GOOD, registries) == []
    assert registries.asked == [(HOST, "robot")]


async def test_a_rejected_login_is_an_error_after_one_try():
    registries = FakeRegistries()
    with pytest.raises(RegistryFailure) as error:
        await require_login(HOST, BAD, registries)
    assert (error.value.exit_code, error.value.hint) == (1, "nothing was touched")
    assert registries.asked == [(HOST, "robot")]


async def test_a_registry_that_cannot_be_asked_is_an_error():
    with pytest.raises(RegistryFailure) as error:
        await require_login(HOST, GOOD, FakeRegistries(failures={HOST: Cause.CONNECTION_REFUSED}))
    assert error.value.exit_code == 3
    assert error.value.hint.startswith("look at it; nothing was touched, since")
    assert "--no-verify" in error.value.hint


async def test_a_registry_that_asks_for_no_login_proves_nothing():
    (warning,) = await require_login(HOST, BAD, FakeRegistries(open_hosts=(HOST,)))
    assert "neither proven nor refuted" in warning


@pytest.mark.parametrize("key", ["*.example.com", "https://harbor.[a-z]*.com", "harbor?.example.com"])
async def test_a_pattern_cannot_be_asked(key):
    with pytest.raises(UsageError, match="is a pattern") as error:
        await require_login(key, GOOD, FakeRegistries())
    assert "--verify IMAGE" in error.value.hint


async def test_a_pull_proves_it():
    registries = FakeRegistries()
    await require_pull("*.example.com", GOOD, [IMAGE], registries)
    assert registries.asked == [(HOST, "robot")]


@pytest.mark.parametrize(
    ("registries", "code"),
    [
        pytest.param(FakeRegistries(good=()), 1, id="rejected"),
        pytest.param(FakeRegistries(failures={HOST: Cause.DNS_FAILURE}), 3, id="unreachable"),
    ],
)
async def test_a_pull_that_fails_is_an_error(registries, code):
    with pytest.raises(RegistryFailure) as error:
        await require_pull(HOST, GOOD, [IMAGE], registries)
    assert error.value.exit_code == code
    assert "nothing was touched" in error.value.hint


async def test_an_image_that_the_login_is_not_for_proves_nothing():
    registries = FakeRegistries()
    with pytest.raises(UsageError, match="would prove nothing"):
        await require_pull(HOST, GOOD, [IMAGE, ImageReference.parse("ghcr.io/x/y")], registries)
    assert registries.asked == []
