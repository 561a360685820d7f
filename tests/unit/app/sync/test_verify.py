"""Nothing that a registry rejected is handed out; what could not be asked is as the policy says."""

import pytest

from pullsecret.app.sync.verify import verify
from pullsecret.core.causes import Cause
from pullsecret.core.errors import RegistryFailure, UsageError
from pullsecret.core.images import ImageReference
from pullsecret.core.manifests import DOCKER_MANIFEST, Manifest
from pullsecret.core.policy.model import OnUnreachable, Verify
from pullsecret.core.verdicts import LoginResult
from support.syncing import a_content

IMAGE = ImageReference.parse("harbor.example.com/app:1")
DENY = OnUnreachable.DENY


class Registries:
    def __init__(self, failure=None):
        self.failure, self.asked = failure, []

    async def login(self, host, credential):
        self.asked.append(host)
        if self.failure:
            raise self.failure
        return LoginResult(host, proven=True, scheme="basic")

    async def manifest(self, image, credential, *, platforms=False):
        self.asked.append(str(image))
        if self.failure:
            raise self.failure
        return Manifest("", "sha256:x", DOCKER_MANIFEST)


def failure(cause):
    return RegistryFailure("no", cause=cause, host="harbor.example.com", hint="look")


REJECTED = failure(Cause.CREDENTIAL_REJECTED)
SILENT = failure(Cause.NETWORK_TIMEOUT)


@pytest.mark.parametrize(
    ("how", "asked"),
    [
        pytest.param(Verify(), ["harbor.example.com"], id="login"),
        pytest.param(Verify(IMAGE), ["harbor.example.com/app:1"], id="pull"),
    ],
)
async def test_each_credential_is_tried_once(how, asked):
    registries = Registries()
    assert await verify(a_content(), how, registries) == []
    assert registries.asked == asked


@pytest.mark.parametrize("image", [None, IMAGE], ids=["login", "pull"])
@pytest.mark.parametrize("on_unreachable", list(OnUnreachable))
async def test_a_rejected_one_is_an_error_whatever_the_policy_says(image, on_unreachable):
    with pytest.raises(RegistryFailure) as raised:
        await verify(a_content(), Verify(image, on_unreachable=on_unreachable), Registries(REJECTED))
    assert raised.value.exit_code == 1


@pytest.mark.parametrize("image", [None, IMAGE], ids=["login", "pull"])
async def test_a_registry_that_cannot_be_asked(image):
    (warning,) = await verify(a_content(), Verify(image), Registries(SILENT))
    assert "could not be checked: no; look" in warning
    with pytest.raises(RegistryFailure) as raised:
        await verify(a_content(), Verify(image, on_unreachable=DENY), Registries(SILENT))
    assert raised.value.exit_code == 3


async def test_an_image_that_no_credential_is_for_proves_nothing():
    with pytest.raises(UsageError, match="no credential given here is for"):
        await verify(a_content(), Verify(ImageReference.parse("h.io/x")), Registries())
