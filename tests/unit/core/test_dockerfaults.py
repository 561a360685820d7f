"""Every fault of a docker config is named, with its place."""

import json

import pytest

from pullsecret.core.causes import Cause
from pullsecret.core.dockerconfig import DockerConfig
from pullsecret.core.errors import InvalidDockerConfig
from pullsecret.core.faults import Fault

GOOD = {"auth": "dTpw"}
MALFORMED, NONE, MISMATCH = Cause.SECRET_MALFORMED, Cause.SECRET_NO_CREDENTIAL, Cause.SECRET_HOST_MISMATCH


def faults(text: str, *, legacy: bool = False) -> tuple[Fault, ...]:
    return (DockerConfig.parse_legacy if legacy else DockerConfig.parse)(text).faults()


def only_fault(entry: object, **others: object) -> Fault:
    (fault,) = faults(json.dumps({"auths": {"h.io": entry}, **others}))
    return fault


@pytest.mark.parametrize(
    ("document", "place", "message"),
    [
        ({"auths": {"h.io": {"auth": "!!!"}}}, '.auths["h.io"].auth', "no base64"),
        ({"auths": {"h.io": {"Auth": "dQ=="}}}, '.auths["h.io"].Auth', "no colon"),
        ({"auths": {"h.io": {"auth": 5}}}, '.auths["h.io"].auth', "must be a string, and is a number"),
        ({"auths": {"h.io": {"auth": "dTpw", "email": []}}}, '.auths["h.io"].email', "and is an array"),
        ({"auths": {"h.io": "x"}}, '.auths["h.io"]', "must be an object, and is a string"),
        ({"AUTHS": {'a"b': 5}}, '.AUTHS["a\\"b"]', "must be an object, and is a number"),
        ({"auths": {"h.io": GOOD}, "HttpHeaders": 5}, ".HttpHeaders", "must be an object, and is a number"),
        ({"auths": {"h.io": GOOD}, "httpheaders": {"A": 5}}, '.httpheaders["A"]', "must be a string"),
    ],
)
def test_fatal(document, place, message):
    fatal = [fault for fault in faults(json.dumps(document)) if fault.fatal]
    assert [(fault.cause, fault.place) for fault in fatal] == [(MALFORMED, place)]
    assert message in fatal[0].message
    assert str(fatal[0]).startswith(f"{place}: ")
    with pytest.raises(InvalidDockerConfig, match="where, ") as caught:
        DockerConfig.parse(json.dumps(document)).refuse_fatal(InvalidDockerConfig, "where")
    assert caught.value.place == f"where, {place}"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('{"auths":{"h.io":{"auth":"!!!"},"h.io":{"auth":"dTpw"}}}', id="in-a-key-written-twice"),
        pytest.param('{"auths":{"h.io":{"auth":5,"auth":"dTpw"}}}', id="in-a-field-written-twice"),
        pytest.param('{"auths":{"h.io":{"auth":"!!!"}},"auths":null}', id="before-null"),
    ],
)
def test_fatal_where_a_later_one_counts(text):
    assert any(fault.fatal for fault in faults(text))


@pytest.mark.parametrize(
    "text",
    [
        '{"auths":{"h.io":{"auth":"!!!","auth":"dTpw"}}}',
        '{"auths":{"h.io":{"username":"u","password":"p","auth":"!!!","auth":""}}}',
        '{"auths":{"h.io":{"auth":"dTpw","identitytoken":5,"x":[]}},"HttpHeaders":{"A":null,"B":"c"}}',
        '{"auths":{"h.io":{"auth":"dTpw","email":null}},"HttpHeaders":null,"credsStore":5}',
    ],
)
def test_nothing_is_wrong(text):
    assert not faults(text)


def test_headers_of_a_legacy_config_are_entries():
    assert [fault.place for fault in faults('{"HttpHeaders":5}', legacy=True)] == ['.["HttpHeaders"]'] * 2


@pytest.mark.parametrize(
    ("entry", "others", "place", "message"),
    [
        ({}, {}, '.auths["h.io"]', "holds no credential"),
        (None, {}, '.auths["h.io"]', "holds no credential"),
        ({}, {"credsStore": "pass"}, '.auths["h.io"]', "in the store of docker-credential-pass"),
        (
            {}, {"credsStore": "pass", "credHelpers": {"h.io": "ecr-login"}},
            '.auths["h.io"]', "in the store of docker-credential-ecr-login",
        ),
        ({"identitytoken": "x"}, {}, '.auths["h.io"].identitytoken', "a token that docker uses and"),
        (
            {"auth": "MDAwMDo=", "identitytoken": "x"}, {},
            '.auths["h.io"].identitytoken', "a token that docker uses and",
        ),
        ({"registrytoken": "x"}, {}, '.auths["h.io"].registrytoken', "a token that docker uses and"),
        ({"auth": "dTo="}, {}, '.auths["h.io"]', "a user name and no password"),
        ({"password": "p"}, {}, '.auths["h.io"]', "a password and no user name"),
    ],
)  # fmt: skip
def test_without_a_credential(entry, others, place, message):
    fault = only_fault(entry, **others)
    assert (fault.cause, fault.place, fault.harmless, fault.fatal) == (NONE, place, False, False)
    assert message in fault.message


@pytest.mark.parametrize(
    ("entry", "place"),
    [
        ({"username": "v", **GOOD}, '.auths["h.io"].username'),
        ({"PassWord": "hunter2", **GOOD}, '.auths["h.io"].PassWord'),
    ],
)
def test_fields_that_disagree_with_auth(entry, place):
    fault = only_fault(entry)
    assert (fault.cause, fault.place, fault.fatal) == (MALFORMED, place, False)
    assert "auth, which is the one that counts" in fault.message
    assert "hunter2" not in repr(fault)


def test_an_empty_field_does_not_disagree():
    assert not faults('{"auths":{"h.io":{"username":"","password":"","auth":"dTpw"}}}')


def test_a_key_that_matches_no_image():
    (fault,) = faults('{"auths":{"h.io:abc":{"auth":"dTpw"}}}')
    assert (fault.cause, fault.place) == (MISMATCH, '.auths["h.io:abc"]')
    assert "matches no image" in fault.message


def test_other_spellings_and_doubles_are_told_and_harmless():
    told = faults(
        '{"auths":{"h.io":{"auth":"dTpw"},"https://h.io/v2/":{"auth":"dTpw"},"h.io":{"auth":"dTpw"}}}'
    )
    assert [(fault.place, fault.harmless) for fault in told] == [
        ('.auths["h.io"]', True), ('.auths["https://h.io/v2/"]', True),
    ]  # fmt: skip
    assert "written twice" in told[0].message
    assert "same as h.io" in told[1].message


def test_a_legacy_config_where_a_whole_one_should_be():
    (fault,) = faults('{"h.io":{"auth":"dTpw"},"x":{"y":1}}')
    assert (fault.cause, fault.place) == (NONE, '.["h.io"]')
    assert ".dockercfg" in fault.hint


def test_a_whole_config_where_a_legacy_one_should_be():
    hints = [fault.hint for fault in faults('{"auths":{"h.io":{"auth":"dTpw"}}}', legacy=True)]
    assert any("kubernetes.io/dockerconfigjson" in hint for hint in hints)


def test_a_fault_without_a_place_is_its_message():
    assert str(Fault(NONE, "", "is bad")) == "is bad"
