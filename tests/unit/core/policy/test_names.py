"""Labels that name a policy are valid, stay apart, and say who it is."""

import re

import pytest

from pullsecret.core.policy.names import is_local, local_uid, policy_label


@pytest.mark.parametrize(
    ("kind", "name", "label"),
    [
        pytest.param("ClusterPullSecret", "harbor", "ClusterPullSecret.harbor", id="short"),
        pytest.param("PullSecret", "a" * 52, f"PullSecret.{'a' * 52}", id="just-fits"),
    ],
)
def test_a_label_says_who_it_is(kind, name, label):
    assert policy_label(kind, name) == label


def test_long_names_are_cut_and_stay_apart():
    names = ["a" * 62 + "b", "a" * 62 + "c", "a" * 20 + "." * 3 + "b" * 40]
    labels = [policy_label("ClusterPullSecret", name) for name in names]
    assert len(set(labels)) == 3
    for label in labels:
        assert len(label) <= 63
        assert re.fullmatch(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?", label)


def test_a_local_uid_stays_and_is_none_of_a_clusters():
    assert local_uid("platform", "harbor") == local_uid("platform", "harbor")
    assert local_uid("platform", "harbor") != local_uid("platform", "other")
    assert not re.fullmatch(r"[-0-9a-f]{36}", local_uid("a", "b"))
    assert is_local(local_uid("a", "b"))
    assert not is_local("9e04ad6a-0e41-4b0c-8e8d-3c0d0f1d0a11")
