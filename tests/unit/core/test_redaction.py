"""An explanation never holds a credential that stands in a message."""

import pytest

from pullsecret.core.explain import explain, explain_text
from pullsecret.core.redaction import redacted

SECRET = "Tr0ub4dor3-xyz"
JWT = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJoYXJib3ItdG9rZW4taXNzdWVyIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("text", "want"),
    [
        pytest.param(
            "Get https://u:Tr0ub4dor3-xyz@reg.test/v2/: EOF", "Get https://***@reg.test/v2/: EOF", id="login"
        ),
        pytest.param("http://Tr0ub4dor3-xyz@reg.test/v2/", "http://***@reg.test/v2/", id="token as a user"),
        pytest.param(
            "http://u:p/Tr0ub4dor3-xyz@reg.test/", "http://***@reg.test/", id="slash in the password"
        ),
        pytest.param(
            "http://u:p@Tr0ub4dor3-xyz@reg.test/", "http://***@reg.test/", id="at sign in the password"
        ),
        pytest.param(
            'parse "http://u:Tr0ub4dor3-xyz/a@h": invalid port ":Tr0ub4dor3-xyz" after host',
            'parse "http://***@h": invalid port "***" after host',
            id="Go takes it for a port",
        ),
        pytest.param(
            "https://cdn.test/b?X-Amz-Signature=Tr0ub4dor3-xyz&X-Amz-Credential=AKIA1/2",
            "https://cdn.test/b?X-Amz-Signature=***&X-Amz-Credential=***",
            id="signed for S3",
        ),
        pytest.param(
            "https://blob.test/c?sv=2020&sig=Tr0ub4dor3-xyz", "https://blob.test/c?sv=***&sig=***", id="SAS"
        ),
        pytest.param(
            "https://reg.test/token?account=me&scope=repository%3Aa%3Apull&service=reg.test&token=Tr0ub4dor3-xyz",
            "https://reg.test/token?account=***&scope=repository%3Aa%3Apull&service=reg.test&token=***",
            id="token service",
        ),
        pytest.param(
            "https://mirror.test/v2/?ns=docker.io: 403",
            "https://mirror.test/v2/?ns=docker.io: 403",
            id="ns stays",
        ),
        pytest.param("Authorization: Basic dXNlcjpwYXNz", "Authorization: ***", id="header"),
        pytest.param('authorization="Bearer Tr0ub4dor3-xyz"', 'authorization="***"', id="header in a log"),
        pytest.param(
            "map[Authorization:[Basic dXNlcjpwYXNz]]", "map[Authorization:[***]]", id="header in Go"
        ),
        pytest.param("sent Basic dXNlcjpwYXNz to it", "sent Basic *** to it", id="scheme alone"),
        pytest.param(f"Bearer {JWT}", "Bearer ***", id="JWT"),
        pytest.param(f"token {JWT} is bad", "token *** is bad", id="JWT alone"),
        pytest.param(
            '{"auths":{"h":{"username":"u","password":"Tr0ub4dor3-xyz","auth":"dTpw"}}}',
            '{"auths":{"h":{"username":"u","password":"***","auth":"***"}}}',
            id="docker config",
        ),
        pytest.param(r"{\"auth\":\"dTpw\"}", r"{\"auth\":\"***\"}", id="docker config in a log"),
        pytest.param(".dockerconfigjson: eyJhdXRocyI6eyJoIjp7fX19", ".dockerconfigjson: ***", id="Secret"),
        pytest.param("--docker-password Tr0ub4dor3-xyz --x", "--docker-password *** --x", id="option"),
        pytest.param(
            "docker login -u me -p Tr0ub4dor3-xyz h.io", "docker login -u me -p *** h.io", id="docker login"
        ),
        pytest.param(
            'image "u:Tr0ub4dor3-xyz@reg.test/a:1"', 'image "***@reg.test/a:1"', id="login without a scheme"
        ),
        pytest.param("--password=Tr0ub4dor3-xyz", "--password=***", id="option with equals"),
        pytest.param("  password: Tr0ub4dor3-xyz\n", "  password: ***\n", id="YAML"),
        pytest.param("token ghp_abcdefghijklmnop1234 of", "token *** of", id="GitHub"),
        pytest.param(
            'invalid decoded auth: "Tr0ub4dor3-xyz"', 'invalid decoded auth: "***"', id="containerd"
        ),
    ],
)
def test_credentials_are_struck_out(text, want):
    assert redacted(text) == want


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("no basic auth credentials", id="basic auth"),
        pytest.param("basic authentication required", id="basic authentication"),
        pytest.param(
            "unable to retrieve auth token: invalid username/password: unauthorized: x", id="password:"
        ),
        pytest.param("failed to fetch oauth token: unexpected status: 401", id="token:"),
        pytest.param("Requesting bearer token: invalid status code", id="bearer token"),
        pytest.param("pull docker://reg.test:5000/a@sha256:0123456789", id="digest"),
        pytest.param("https://reg.test/v2/a@sha256:01/x", id="digest in a path"),
        pytest.param("a:1@sha256:0123456789 me@reg.test 12:00@reg", id="other at signs"),
        pytest.param("https://reg.test/mail@home/v2/", id="an at sign in a path"),
        pytest.param("authorization failed: no basic auth credentials", id="authorization failed"),
    ],
)
def test_words_are_kept(text):
    assert redacted(text) == text


def test_what_is_cut_off_takes_its_word_along():
    text = f"x https://user:{SECRET}@reg.test/"
    assert redacted(text, len(text) - 12) == "x "
    assert redacted(text, len(text)) == "x https://***@reg.test/"


MESSAGE = (
    'Failed to pull image "u:Tr0ub4dor3-xyz@reg.test/a:1": failed to do request: Head'
    ' "https://u:Tr0ub4dor3-xyz@reg.test/v2/a?sig=Tr0ub4dor3-xyz": Authorization: Basic Tr0ub4dor3-xyz: EOF'
)


def test_no_field_of_an_explanation_holds_one():
    shown = MESSAGE.replace("u:Tr0ub4dor3-xyz@reg.test/a:1", "reg.test/a:1")
    explanation = explain(shown)
    assert SECRET not in repr(explanation) + repr(explanation.fixes())
    assert SECRET not in repr(explain_text(shown)) + repr(explain_text(f"Error: x\n{shown}\n{shown}"))


def test_what_a_terminal_would_obey_is_shown():
    explanation = explain('Failed to pull image "reg.test/\x1b[31ma\u202e:1": invalid reference format')
    assert "\x1b" not in repr(explanation).replace("\\x1b", "")
    assert explanation.image == "reg.test/\\x1b[31ma\\u202e:1"
