"""Which namespaces a policy means: all three parts must hold."""

import pytest

from pullsecret.core.policy.model import Attach, AttachTo, BasicSource, PolicyKey, SecretRef
from pullsecret.core.policy.selecting import Namespaces, Requirement, Selector, is_pattern
from support.syncing import a_policy

LABELS = {"team": "web", "tier": "prod"}


@pytest.mark.parametrize(
    ("requirement", "holds"),
    [
        pytest.param(("team", "In", ("web", "api")), True, id="in"),
        pytest.param(("team", "In", ("api",)), False, id="in-others"),
        pytest.param(("none", "In", ("web",)), False, id="in-absent"),
        pytest.param(("team", "NotIn", ("web",)), False, id="not-in"),
        pytest.param(("none", "NotIn", ("web",)), True, id="not-in-absent"),
        pytest.param(("team", "Exists", ()), True, id="exists"),
        pytest.param(("none", "Exists", ()), False, id="exists-not"),
        pytest.param(("team", "DoesNotExist", ()), False, id="does-not-exist"),
        pytest.param(("none", "DoesNotExist", ()), True, id="does-not-exist-absent"),
    ],
)
def test_requirements_are_read_as_the_api_server_does(requirement, holds):
    assert Requirement(*requirement).holds(LABELS) is holds


@pytest.mark.parametrize(
    ("given", "name", "chosen"),
    [
        pytest.param({}, "web", True, id="all"),
        pytest.param({"include": ("web",)}, "web", True, id="name"),
        pytest.param({"include": ("web",)}, "web-2", False, id="another-name"),
        pytest.param({"include": ("team-*",)}, "team-a", True, id="star"),
        pytest.param({"include": ("team-?",)}, "team-ab", False, id="one-character"),
        pytest.param({"include": ("team-[a-c]",)}, "team-b", True, id="class"),
        pytest.param({"include": ("team-[!a-c]",)}, "team-b", False, id="negated-class"),
        pytest.param({"exclude": ("kube-*",)}, "kube-system", False, id="excluded"),
        pytest.param({"include": ("web",), "exclude": ("web",)}, "web", False, id="exclusion-wins"),
        pytest.param({"selector": Selector({"team": "web"})}, "x", True, id="labels"),
        pytest.param({"selector": Selector({"team": "web", "tier": "test"})}, "x", False, id="one-label-not"),
        pytest.param(
            {"selector": Selector({"team": "web"}, (Requirement("tier", "DoesNotExist"),))},
            "x",
            False,
            id="labels-and-expressions",
        ),
        pytest.param({"include": ("a",), "selector": Selector({"team": "web"})}, "b", False, id="both"),
    ],
)
def test_a_namespace_is_chosen_where_all_parts_hold(given, name, chosen):
    assert Namespaces(**given).chooses(name, LABELS) is chosen


@pytest.mark.parametrize(
    ("namespaces", "named"),
    [
        pytest.param(Namespaces(("web", "batch", "web")), ("web", "batch"), id="each-once"),
        pytest.param(Namespaces(("web", "batch"), ("b*",)), ("web",), id="without-the-excluded"),
        pytest.param(Namespaces(("web", "team-*")), None, id="a-pattern"),
        pytest.param(Namespaces(), None, id="all"),
    ],
)
def test_namespaces_that_are_named_need_no_list(namespaces, named):
    assert namespaces.named == named


@pytest.mark.parametrize("text", ["web", "*", "team-?", "a[bc]d", "[!a-c]x", "kube-*"])
def test_patterns(text):
    assert is_pattern(text)


@pytest.mark.parametrize("text", ["", "Web", "a/b", "a b", "a.b", "web[", "web]", "[]", "[^a]", "a\n", "_"])
def test_what_fits_no_namespace_is_no_pattern(text):
    assert not is_pattern(text)


@pytest.mark.parametrize(
    ("namespace", "secret", "means"),
    [
        pytest.param("web", "harbor-login", True, id="elsewhere"),
        pytest.param("platform", "harbor", True, id="under-another-name-beside-it"),
        pytest.param("platform", "harbor-login", False, id="onto-itself"),
        pytest.param("kube-system", "harbor", False, id="not-chosen"),
    ],
)
def test_a_copy_is_never_its_own_source(namespace, secret, means):
    policy = a_policy(secret_name=secret, namespaces=Namespaces(exclude=("kube-*",)))
    assert policy.means(namespace, {}) is means


@pytest.mark.parametrize(
    ("attach", "account", "wanted"),
    [
        pytest.param(Attach(), "default", True, id="default"),
        pytest.param(Attach(), "builder", False, id="another"),
        pytest.param(Attach(accounts=("builder",)), "builder", True, id="named"),
        pytest.param(Attach(AttachTo.ALL), "builder", True, id="all"),
        pytest.param(Attach(AttachTo.NONE), "default", False, id="none"),
    ],
)
def test_which_service_accounts_are_meant(attach, account, wanted):
    assert attach.wants(account) is wanted


def test_how_policies_are_called():
    assert str(PolicyKey("ClusterPullSecret", "", "harbor")) == "ClusterPullSecret harbor"
    assert str(PolicyKey("PullSecret", "shop", "harbor")) == "PullSecret shop/harbor"
    assert PolicyKey("PullSecret", "shop", "harbor").resource.plural == "pullsecrets"
    assert PolicyKey("ClusterPullSecret", "", "harbor").resource.plural == "clusterpullsecrets"
    assert str(SecretRef("a", "b")) == "a/b"
    assert a_policy().label == "ClusterPullSecret.harbor"
    assert BasicSource(SecretRef("a", "b"), "h.io").password_key == "password"


def test_a_policy_knows_whether_we_hold_it():
    assert a_policy(finalizers=("x", "pullsecret.dev/detach")).finalized
    assert not a_policy(finalizers=("x",)).finalized


@pytest.mark.parametrize(
    ("include", "unfit"),
    [
        pytest.param(("*",), (), id="all"),
        pytest.param(("typo-*",), ("typo-*",), id="pattern"),
        pytest.param(("w*", "typo-?", "typo-?"), ("typo-?",), id="one-of-several"),
        pytest.param(("typo",), (), id="names-are-looked-up-one-by-one"),
    ],
)
def test_patterns_that_fit_nothing_are_told(include, unfit):
    assert Namespaces(include, ("web",)).unfit(["web", "shop"]) == unfit
