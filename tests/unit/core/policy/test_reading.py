"""Policies from what somebody wrote: whole ones become values, every complaint names its JSON path."""

import base64
import copy

import pytest

from pullsecret.core.errors import InvalidInput
from pullsecret.core.images import ImageReference
from pullsecret.core.policy.model import (
    Attach,
    AttachTo,
    BasicSource,
    DeletionPolicy,
    DockerConfigSource,
    OnUnreachable,
    Policy,
    PolicyKey,
    SecretRef,
    Verify,
)
from pullsecret.core.policy.reading import key_of, policy_of, source_refs
from pullsecret.core.policy.selecting import Namespaces, Requirement, Selector
from support.syncing import OWN_SPEC, SPEC, whole

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
BASIC = {
    "type": "Basic",
    "registry": "h.io:5000",
    "secretRef": {"namespace": "platform", "name": "robot", "usernameKey": "user", "passwordKey": "word"},
}


def test_the_example_of_the_documents():
    spec = {
        "secretName": "harbor-pull",
        "credentials": [*SPEC["credentials"], BASIC],
        "namespaces": {
            "include": ["*"],
            "exclude": ["kube-*"],
            "selector": {
                "matchLabels": {"team": "web"},
                "matchExpressions": [
                    {"key": "tier", "operator": "In", "values": ["a", "b"]},
                    {"key": "x", "operator": "Exists"},
                ],
            },
        },
        "attach": {"to": "Named", "serviceAccounts": ["default", "builder"]},
        "verify": {
            "image": "h.io:5000/app:1",
            "caBundle": base64.b64encode(PEM.encode()).decode(),
            "plainHTTP": True,
            "onUnreachable": "Deny",
        },
        "recoverPods": True,
        "deletionPolicy": "Orphan",
    }
    metadata = {
        "uid": "u",
        "generation": 3,
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "deletionTimestamp": "2026-01-02T00:00:00Z",
        "finalizers": ["pullsecret.dev/detach"],
    }
    assert policy_of(whole(spec, **metadata)) == Policy(
        key=PolicyKey("ClusterPullSecret", "", "harbor"),
        secret_name="harbor-pull",
        sources=(
            DockerConfigSource(SecretRef("platform", "harbor-login")),
            BasicSource(SecretRef("platform", "robot"), "h.io:5000", "user", "word"),
        ),
        namespaces=Namespaces(
            ("*",),
            ("kube-*",),
            Selector({"team": "web"}, (Requirement("tier", "In", ("a", "b")), Requirement("x", "Exists"))),
        ),
        attach=Attach(AttachTo.NAMED, ("default", "builder")),
        verify=Verify(ImageReference.parse("h.io:5000/app:1"), PEM, True, OnUnreachable.DENY),
        recover_pods=True,
        deletion_policy=DeletionPolicy.ORPHAN,
        uid="u",
        generation=3,
        created="2026-01-01T00:00:00Z",
        finalizers=("pullsecret.dev/detach",),
        deleting=True,
    )


def test_what_is_left_out():
    policy = policy_of(whole({"credentials": SPEC["credentials"], "namespaces": {}}))
    assert policy.secret_name == "harbor"
    assert policy.namespaces == Namespaces()
    assert policy.attach == Attach(AttachTo.NAMED, ("default",))
    assert policy.verify is None
    assert not policy.recover_pods
    assert policy.deletion_policy is DeletionPolicy.DELETE
    assert (policy.uid, policy.generation, policy.deleting) == ("", 0, False)
    assert policy_of(whole({**SPEC, "verify": {}})).verify == Verify()
    assert policy_of(whole({**SPEC, "verify": {"caBundle": PEM}})).verify == Verify(ca_bundle=PEM)


def test_a_teams_own_reads_its_own_namespace_alone():
    policy = policy_of(whole(OWN_SPEC, kind="PullSecret"))
    assert policy.key == PolicyKey("PullSecret", "shop", "harbor")
    assert policy.sources == (DockerConfigSource(SecretRef("shop", "login")),)
    assert policy.namespaces == Namespaces(("shop",))


def test_which_policy_it_is_can_be_told_of_one_that_is_not_sound():
    assert key_of(whole({}, kind="PullSecret")) == PolicyKey("PullSecret", "shop", "harbor")
    assert key_of(whole(None)) == PolicyKey("ClusterPullSecret", "", "harbor")


def changed(path, value):
    """Give the cluster's policy with one thing changed."""
    obj = copy.deepcopy(whole(SPEC))
    *before, last = path
    here = obj
    for step in before:
        here = here[step] if isinstance(here, list) else here.setdefault(step, {})
    here[last] = value
    return obj


CREDENTIAL = ("spec", "credentials", 0)


@pytest.mark.parametrize(
    ("path", "value", "place", "message"),
    [
        pytest.param(("kind",), "Secret", "kind", "is no ClusterPullSecret or PullSecret", id="kind"),
        pytest.param(("apiVersion",), "v1", "apiVersion", "must be pullsecret.dev/v1alpha1", id="version"),
        pytest.param(("metadata", "name"), "", "metadata.name", "1 to 63", id="no-name"),
        pytest.param(("metadata", "name"), "a" * 64, "metadata.name", "1 to 63", id="long-name"),
        pytest.param(("spec",), "x", "spec", "must be an object", id="no-spec"),
        pytest.param(("spec", "secretname"), "x", "spec.secretname", "is no field", id="misspelt"),
        pytest.param(("spec", "secretName"), "Harbor", "spec.secretName", "name of an object", id="capital"),
        pytest.param(("spec", "secretName"), "a" * 254, "spec.secretName", "name of an object", id="long"),
        pytest.param(("spec", "secretName"), 5, "spec.secretName", "must be text", id="number"),
        pytest.param(("spec", "credentials"), [], "spec.credentials", "at least one", id="no-credential"),
        pytest.param(
            ("spec", "credentials"),
            SPEC["credentials"] * 2,
            "spec.credentials[1]",
            "a second time",
            id="twice",
        ),
        pytest.param(
            (*CREDENTIAL, "type"), "Token", "spec.credentials[0].type", "DockerConfig or", id="type"
        ),
        pytest.param(
            (*CREDENTIAL, "registry"), "h.io", "spec.credentials[0].registry", "is no field", id="not-of-it"
        ),
        pytest.param(
            (*CREDENTIAL, "secretRef"),
            {"name": "x"},
            "spec.credentials[0].secretRef.namespace",
            "is missing",
            id="no-namespace",
        ),
        pytest.param(
            (*CREDENTIAL, "secretRef", "key"),
            "x",
            "spec.credentials[0].secretRef.key",
            "is no field",
            id="key-of-a-docker-config",
        ),
        pytest.param(
            CREDENTIAL,
            {**BASIC, "registry": "https://h.io"},
            "spec.credentials[0].registry",
            "without a scheme",
            id="scheme",
        ),
        pytest.param(
            CREDENTIAL,
            {k: v for k, v in BASIC.items() if k != "registry"},
            "spec.credentials[0].registry",
            "must be a registry",
            id="no-registry",
        ),
        pytest.param(("spec", "namespaces"), None, "spec.namespaces", "is missing", id="no-namespaces"),
        pytest.param(
            ("spec", "namespaces", "include"), [], "spec.namespaces.include", "is empty", id="include-nothing"
        ),
        pytest.param(
            ("spec", "namespaces", "exclude"),
            ["a", "B"],
            "spec.namespaces.exclude[1]",
            "or a pattern",
            id="pattern",
        ),
        pytest.param(
            ("spec", "namespaces", "selector"),
            {"matchLabels": {"a": 1}},
            "spec.namespaces.selector.matchLabels.a",
            "must be text",
            id="label",
        ),
        *(
            pytest.param(
                ("spec", "namespaces", "selector"),
                {"matchExpressions": [expression]},
                f"spec.namespaces.selector.matchExpressions[0].{field}",
                message,
                id=name,
            )
            for name, expression, field, message in (
                ("no-key", {"operator": "Exists"}, "key", "is missing"),
                ("operator", {"key": "a", "operator": "Gt"}, "operator", "must be one of In, NotIn"),
                ("no-values", {"key": "a", "operator": "In"}, "values", "must be given with In"),
                (
                    "values",
                    {"key": "a", "operator": "Exists", "values": ["b"]},
                    "values",
                    "must not be given with Exists",
                ),
            )
        ),
        pytest.param(
            ("spec", "attach"),
            {"to": "Some"},
            "spec.attach.to",
            "must be one of None, Named, All",
            id="attach",
        ),
        pytest.param(
            ("spec", "attach"),
            {"serviceAccounts": ["A b"]},
            "spec.attach.serviceAccounts[0]",
            "name of an object",
            id="account",
        ),
        pytest.param(("spec", "verify"), {"image": "h.io/UP"}, "spec.verify.image", "", id="image"),
        pytest.param(
            ("spec", "verify"),
            {"caBundle": "eHh4"},
            "spec.verify.caBundle",
            "base64 of PEM",
            id="no-certificate",
        ),
        pytest.param(
            ("spec", "verify"),
            {"caBundle": f"{PEM}ü"},
            "spec.verify.caBundle",
            "base64 of PEM",
            id="no-ascii",
        ),
        pytest.param(
            ("spec", "verify"), {"caBundle": "%"}, "spec.verify.caBundle", "base64 of PEM", id="no-base64"
        ),
        pytest.param(
            ("spec", "verify"), {"plainHTTP": "yes"}, "spec.verify.plainHTTP", "true or false", id="boolean"
        ),
        pytest.param(
            ("spec", "verify"),
            {"onUnreachable": "Maybe"},
            "spec.verify.onUnreachable",
            "must be one of Allow, Deny",
            id="unreachable",
        ),
        pytest.param(
            ("spec", "credentials", 0),
            {**BASIC, "secretRef": {**BASIC["secretRef"], "usernameKey": "word"}},
            "spec.credentials[0].secretRef.passwordKey",
            "is the key of the user name too",
            id="one-key-for-both",
        ),
        pytest.param(
            ("spec", "deletionPolicy"), "Keep", "spec.deletionPolicy", "must be one of Delete", id="deletion"
        ),
    ],
)
def test_a_complaint_names_its_place(path, value, place, message):
    with pytest.raises(InvalidInput) as raised:
        policy_of(changed(path, value))
    assert raised.value.place == place
    assert message in raised.value.message


@pytest.mark.parametrize(
    ("obj", "place"),
    [
        pytest.param(
            whole({**OWN_SPEC, "namespaces": {"include": ["*"]}}, kind="PullSecret"),
            "spec.namespaces",
            id="namespaces",
        ),
        pytest.param(
            whole(SPEC | {"namespaces": None}, kind="PullSecret"), "spec.namespaces", id="even-if-empty"
        ),
        pytest.param(
            whole({"credentials": SPEC["credentials"]}, kind="PullSecret"),
            "spec.credentials[0].secretRef.namespace",
            id="a-source-elsewhere",
        ),
        pytest.param(
            whole(OWN_SPEC, kind="PullSecret", namespace=""), "metadata.namespace", id="no-namespace"
        ),
    ],
)
def test_a_teams_own_cannot_reach_beyond_its_namespace(obj, place):
    with pytest.raises(InvalidInput) as raised:
        policy_of(obj)
    assert raised.value.place == place


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        pytest.param(SPEC, [SecretRef("platform", "harbor-login")], id="sound"),
        pytest.param({**SPEC, "attach": 3}, [SecretRef("platform", "harbor-login")], id="unsound-elsewhere"),
        pytest.param(
            {"credentials": [{"secretRef": "x"}, "x", BASIC]}, [SecretRef("platform", "robot")], id="partly"
        ),
        pytest.param({"credentials": [{"secretRef": {}}]}, [SecretRef("", "")], id="nameless"),
        pytest.param({"credentials": "x"}, [], id="no-list"),
        pytest.param(None, [], id="no-spec"),
    ],
)
def test_what_a_policy_reads_from_is_known_also_where_it_is_not_sound(spec, expected):
    assert list(source_refs(whole(spec))) == expected
