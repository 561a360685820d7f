"""What is kept of objects in memory: all that plans need, nothing else, and equal texts once."""

import pytest

from pullsecret.core.plan import plan_namespace
from pullsecret.core.plan.model import NamespaceView
from pullsecret.operator import slim as module
from pullsecret.operator.slim import Slimmer
from support.syncing import a_claim, a_copy, a_namespace, an_account

NOISE = {"managedFields": [{"manager": "kubectl"}], "ownerReferences": [{"uid": "x"}], "generation": 3}
OPT_OUTS = [
    "pullsecret.dev/exclude",
    "k8s.titansoft.com/imagepullsecret-patcher-exclude",
    "pborn.eu/imagepullsecret-patcher-exclude",
    "alexellis.io/registry-creds.ignore",
]


def noisy(obj):
    annotations = {"kubectl.kubernetes.io/last-applied-configuration": "{}"}
    meta = obj["metadata"]
    return {
        **obj,
        "metadata": {**meta, **NOISE, "annotations": {**meta.get("annotations", {}), **annotations}},
    }


@pytest.mark.parametrize(
    ("secret", "account"),
    [
        pytest.param(a_copy(), an_account(), id="right"),
        pytest.param(
            a_copy(data={".dockerconfigjson": "e30="}), an_account("default", "theirs"), id="edited"
        ),
        pytest.param(a_copy(immutable=True, data={}), an_account(attached="harbor"), id="immutable"),
        pytest.param(a_copy(type="Opaque"), an_account("default", "harbor", attached="harbor"), id="type"),
        pytest.param(a_copy(metadata={"labels": {}}), an_account(), id="unlabelled"),
    ],
)
def test_plans_are_the_same(secret, account):
    slim = Slimmer()
    whole = NamespaceView(a_namespace(), noisy(secret), [noisy(account)])
    small = NamespaceView(a_namespace(), slim.secret(noisy(secret)), [slim.account(noisy(account))])
    assert plan_namespace(a_claim(), small) == plan_namespace(a_claim(), whole)


@pytest.mark.parametrize("name", OPT_OUTS)
def test_opting_out_is_kept(name):
    namespace = a_namespace(annotations={name: "true"}, labels={"team": "web"})
    kept = Slimmer().namespace(noisy(namespace))["metadata"]
    assert kept["annotations"] == {name: "true"}
    assert kept["labels"] == {"team": "web"}, "policies select by any label"


@pytest.mark.parametrize("kind", ["namespace", "account", "secret"])
def test_the_rest_is_not_kept(kind):
    obj = {"namespace": a_namespace(), "account": an_account(), "secret": a_copy()}[kind]
    kept = getattr(Slimmer(), kind)(noisy(obj))
    assert not {*NOISE} & {*kept["metadata"]}
    assert "last-applied" not in str(kept)


def test_lists_are_kept_as_they_are():
    account = {**an_account(), "imagePullSecrets": [{"name": "a", "unknown": 1}, {}]}
    assert Slimmer().account(account)["imagePullSecrets"] == account["imagePullSecrets"]
    assert "imagePullSecrets" not in Slimmer().account({"metadata": {"name": "x"}})


def test_equal_texts_are_one_until_they_are_forgotten():
    slim = Slimmer()

    def data():
        text = "".join(["a", "b"])  # another object each time
        return slim.secret({"metadata": {"name": "x"}, "data": {".dockerconfigjson": text}})["data"]

    one, two = data(), data()
    assert one[".dockerconfigjson"] is two[".dockerconfigjson"]
    slim.forget()
    assert data()[".dockerconfigjson"] is not one[".dockerconfigjson"]


def test_texts_of_what_is_gone_do_not_add_up(monkeypatch):
    monkeypatch.setattr(module, "TEXTS_MOST", 10)
    slim = Slimmer()
    for number in range(1000):
        kept = slim.namespace(a_namespace(f"pr-{number}", labels={"pr": f"{number}"}))
        assert kept["metadata"]["labels"] == {"pr": f"{number}"}
    assert len(slim._texts) <= 10
