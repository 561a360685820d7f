"""The operator's manifests. That the Helm chart gives the same is in `tests/unit/test_chart.py`."""

import pytest

from pullsecret.core.installation import Installation, definitions, manifests, namespace_of_installation
from pullsecret.core.installation.kinds import installed_kind
from pullsecret.core.objects import namespace_of

SETS = [
    pytest.param({}, id="plain"),
    pytest.param({"watch_namespaces": ("web",)}, id="namespaced"),
    pytest.param({"secret_names": ("a",), "team_sources": ("b",), "recover_pods": True}, id="by-name"),
    pytest.param({"secret_names": ("a",), "webhook": False, "aggregate": False, "replicas": 1}, id="little"),
    pytest.param({"host_network": True, "allow_realms": ("a",), "allow_local_registries": True}, id="host"),
]


@pytest.mark.parametrize("choices", SETS)
def test_every_object_is_of_a_kind_that_is_taken_away_again(choices):
    for obj in manifests(Installation("system", "x", **choices)):
        assert installed_kind(obj).namespaced == bool(namespace_of(obj))


@pytest.mark.parametrize("choices", SETS)
def test_every_right_has_a_binding_to_the_operator_alone(choices):
    objs = manifests(Installation("system", "x", **{**choices, "aggregate": False}))
    roles = [(o["kind"], namespace_of(o), o["metadata"]["name"]) for o in objs if o["kind"].endswith("Role")]
    bound = [
        (o["roleRef"]["kind"], namespace_of(o), o["roleRef"]["name"])
        for o in objs
        if o["kind"].endswith("Binding")
    ]
    assert sorted(roles) == sorted(bound)
    for obj in objs:
        for subject in obj.get("subjects", ()):
            assert (subject["name"], subject["namespace"]) == ("pullsecret", "system")


def test_versions_show_where_they_are_known():
    assert (
        "app.kubernetes.io/version" not in definitions(Installation("system", "x"))[0]["metadata"]["labels"]
    )
    labels = definitions(Installation("system", "x", version="1.2"))[0]["metadata"]["labels"]
    assert labels["app.kubernetes.io/version"] == "1.2"


def test_its_namespace():
    assert namespace_of_installation(Installation("system", "x"))["metadata"]["name"] == "system"
