"""Limits that no policy gets past."""

import pytest

from pullsecret.core.errors import InvalidInput
from pullsecret.core.policy.model import DockerConfigSource, PolicyKey, SecretRef
from pullsecret.operator.bounds import Bounds
from support.syncing import a_policy

OWN = PolicyKey("PullSecret", "shop", "harbor")


def own(source="login", **changes):
    return a_policy(key=OWN, sources=(DockerConfigSource(SecretRef("shop", source)),), **changes)


@pytest.mark.parametrize(
    ("bounds", "policy"),
    [
        pytest.param(Bounds(frozenset({"platform"})), a_policy(), id="allowed"),
        pytest.param(Bounds(frozenset({"platform"}), frozenset({"harbor"})), a_policy(), id="allowed-name"),
        pytest.param(Bounds(), own(), id="own-namespace"),
    ],
)
def test_within(bounds, policy):
    bounds.check(policy)


@pytest.mark.parametrize(
    ("bounds", "policy", "place"),
    [
        pytest.param(
            Bounds(frozenset({"other"})), a_policy(), "spec.credentials[0].secretRef.namespace", id="source"
        ),
        pytest.param(
            Bounds(frozenset({"platform"}), frozenset({"other"})), a_policy(), "spec.secretName", id="name"
        ),
        pytest.param(
            Bounds(frozenset({"platform"}), frozenset({"other"})), own(), "spec.secretName", id="own-name"
        ),
        pytest.param(Bounds(), own("harbor"), "spec.credentials[0].secretRef.name", id="copy-of-itself"),
    ],
)
def test_beyond(bounds, policy, place):
    with pytest.raises(InvalidInput) as caught:
        bounds.check(policy)
    assert caught.value.place == place
