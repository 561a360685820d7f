"""Proving credentials: as the kubelet would try them, and before they are handed out."""

import pytest

from pullsecret.app.proof import prove_images, prove_logins, require_logins, require_pulls
from pullsecret.core.causes import Cause
from pullsecret.core.credentials import ANONYMOUS, Credential
from pullsecret.core.dockerconfig import DockerConfig
from pullsecret.core.errors import RegistryFailure, UsageError
from pullsecret.core.images import ImageReference
from pullsecret.core.keyring import Keyring
from pullsecret.core.sensitive import Sensitive
from support.clusters import login
from support.registries import DIGEST, FakeRegistries

IMAGE = ImageReference.parse("harbor.example.com/lnmp/nginx:v2")


def keyring(*pairs):
    configs = [(f"web/s{n}", login(key, password=password)) for n, (key, password) in enumerate(pairs)]
    return Keyring.from_configs(configs)


async def prove(ring, registries, platforms=()):
    (proof,) = await prove_images([IMAGE], ring, registries, platforms)
    return proof


async def test_tries_every_match_in_order_until_one_works():
    ring = keyring(("harbor.example.com/lnmp", "old-word"), ("harbor.example.com", "s3cret-word"))
    proof = await prove(ring, FakeRegistries())
    assert [(a.origin.source, a.worked) for a in proof.attempts] == [("web/s0", False), ("web/s1", True)]
    assert proof.attempts[0].cause is Cause.CREDENTIAL_REJECTED
    assert proof.proven
    assert proof.manifest is not None
    assert proof.manifest.digest == DIGEST


async def test_without_a_match_it_asks_anonymously():
    proof = await prove(keyring(("ghcr.io", "x")), FakeRegistries(open_hosts=("harbor.example.com",)))
    assert proof.proven
    assert proof.attempts[0].origin == ANONYMOUS.origin


@pytest.mark.parametrize(
    ("platform", "proven"),
    [
        pytest.param("linux/amd64", True, id="there"),
        pytest.param("linux/arm64", True, id="a-variant-of-it"),
        pytest.param("linux/arm", False, id="only-a-prefix-of-its-name"),
        pytest.param("windows/amd64", False, id="not-there"),
    ],
)
async def test_platforms_asked_for_must_be_there(platform, proven):
    registries = FakeRegistries(platforms=("linux/amd64", "linux/arm64/v8"))
    proof = await prove(keyring(("harbor.example.com", "s3cret-word")), registries, [platform])
    assert proof.proven is proven


async def test_logins_are_each_asked_once():
    registries = FakeRegistries(open_hosts=("open.example.com",))
    pairs = [
        (host, Credential("u", Sensitive("s3cret-word")))
        for host in ("harbor.example.com", "open.example.com")
    ]
    pairs.append(("harbor.example.com", Credential("u", Sensitive("wrong-word"))))
    good, unproven, bad = await prove_logins(pairs, registries)
    assert (good.attempt.worked, good.proven) == (True, True)
    assert (unproven.attempt.worked, unproven.proven) == (True, False)
    assert (bad.attempt.worked, bad.attempt.cause) == (False, Cause.CREDENTIAL_REJECTED)


async def test_a_rejected_login_is_an_error():
    with pytest.raises(RegistryFailure) as error:
        await require_logins(login("harbor.example.com", password="wrong-word"), FakeRegistries(), "given")
    assert (error.value.cause, error.value.exit_code) == (Cause.CREDENTIAL_REJECTED, 1)


async def test_of_two_logins_for_a_registry_it_is_enough_that_one_works():
    config = login("harbor.example.com").with_entry("http://harbor.example.com", "old", "wrong-word")
    (warning,) = await require_logins(config, FakeRegistries(), "given")
    assert warning == "one of the logins for harbor.example.com is no good (old); another works"


@pytest.mark.parametrize(
    ("registries", "warning"),
    [
        pytest.param(FakeRegistries(), None, id="accepted"),
        pytest.param(
            FakeRegistries(failures={"harbor.example.com": Cause.DNS_FAILURE}),
            "could not be checked: harbor.example.com failed; look at it",
            id="unreachable",
        ),
        pytest.param(
            FakeRegistries(open_hosts=("harbor.example.com",)), "neither proven", id="asks-for-none"
        ),
    ],
)
async def test_what_proves_nothing_is_a_warning(registries, warning):
    warnings = await require_logins(login("harbor.example.com"), registries, "given")
    assert [warning in w for w in warnings] == ([True] if warning else [])


async def test_a_fault_of_our_own_is_not_swallowed():
    class Broken(FakeRegistries):
        async def login(self, host, credential):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await require_logins(login("harbor.example.com"), Broken(), "given")


async def test_entries_without_a_credential_are_not_asked():
    registries = FakeRegistries()
    assert await require_logins(DockerConfig.parse('{"auths": {"h.io": {}}}'), registries, "given") == []
    assert registries.asked == []


async def test_a_pattern_is_nobody_to_be_asked():
    registries = FakeRegistries()
    (warning,) = await require_logins(login("*.example.com", "harbor.example.com"), registries, "given")
    assert warning.startswith("*.example.com is a pattern")
    assert registries.asked == [("harbor.example.com", "robot")]


async def test_a_pull_proves_it():
    assert await require_pulls([IMAGE], login("harbor.example.com"), FakeRegistries(), "given") == []


async def test_a_pull_that_is_refused_is_an_error():
    config = login("harbor.example.com", password="wrong-word")
    with pytest.raises(RegistryFailure, match=r"^harbor\.example\.com says no"):
        await require_pulls([IMAGE], config, FakeRegistries(), "given")


async def test_a_pull_that_would_prove_nothing_is_refused():
    registries = FakeRegistries(open_hosts=("harbor.example.com",))
    with pytest.raises(UsageError, match="would prove nothing") as error:
        await require_pulls([IMAGE], login("ghcr.io"), registries, "given")
    assert "ghcr.io" in error.value.hint
    assert registries.asked == []


async def test_a_pull_that_cannot_be_tried_is_a_warning():
    registries = FakeRegistries(failures={"harbor.example.com": Cause.NETWORK_TIMEOUT})
    (warning,) = await require_pulls([IMAGE], login("harbor.example.com"), registries, "given")
    assert "could not be checked: harbor.example.com failed; look at it" in warning


@pytest.mark.parametrize("require", ["logins", "pulls"])
async def test_where_a_proof_was_asked_for_a_registry_out_of_reach_is_an_error(require):
    registries = FakeRegistries(failures={"harbor.example.com": Cause.NETWORK_TIMEOUT})
    config = login("harbor.example.com")
    if require == "pulls":
        proof = require_pulls([IMAGE], config, registries, "given", strict=True)
    else:
        proof = require_logins(config, registries, "given", strict=True)
    with pytest.raises(RegistryFailure) as error:
        await proof
    assert error.value.exit_code == 3
