"""Docker configs: read, changed and written, and nothing that was not touched changes."""

import json
from typing import Any

import pytest

from pullsecret.core.credentials import Credential, Origin
from pullsecret.core.dockerconfig import DockerConfig
from pullsecret.core.dockerentry import Entry
from pullsecret.core.errors import InvalidDockerConfig, InvalidInput
from pullsecret.core.sensitive import Sensitive
from support.showing import all_shown

HUB = "https://index.docker.io/v1/"


def parsed(**document: Any) -> DockerConfig:
    return DockerConfig.parse(json.dumps(document))


def auths(*keys: str) -> DockerConfig:
    return parsed(auths={key: {"auth": "dTpw"} for key in keys})


class TestReading:
    @pytest.mark.parametrize(
        ("entry", "username", "password"),
        [
            pytest.param({"auth": "dTpw"}, "u", "p", id="auth"),
            pytest.param({"username": "v", "password": "q"}, "v", "q", id="fields"),
            pytest.param({"username": "v", "password": "q", "auth": "dTpw"}, "u", "p", id="auth-wins"),
            pytest.param({"username": "v", "password": "q", "auth": ""}, "v", "q", id="empty-auth"),
            pytest.param({"username": "v", "password": "q", "auth": None}, "v", "q", id="null-auth"),
            pytest.param({"USERNAME": "v", "PaſſWord": "q"}, "v", "q", id="any-case"),
            pytest.param({"username": "v", "auth": "!!!"}, "v", "", id="broken-auth"),
            pytest.param({"username": 5, "password": ["q"]}, "", "", id="wrong-types"),
            pytest.param(None, "", "", id="null"),
            pytest.param("text", "", "", id="no-object"),
        ],
    )
    def test_login(self, entry, username, password):
        found = parsed(auths={"h": entry}).entries["h"]
        assert (found.username, found.password.reveal()) == (username, password)
        assert found.has_credential is bool(username or password)

    def test_of_doubled_fields_the_last_string_counts(self):
        entry = DockerConfig.parse('{"auths":{"h":{"username":"a","Username":"b","USERNAME":null}}}').entries[
            "h"
        ]
        assert entry.username == "b"

    def test_tokens_and_email(self):
        config = parsed(auths={"h": {"identitytoken": "i", "registrytoken": "r", "email": "e"}})
        assert config.entries["h"] == Entry("", Sensitive(), "e", Sensitive("i"), Sensitive("r"))
        assert config.entries["h"].has_credential

    def test_a_credential_with_its_origin(self):
        origin = Origin("team/pull", "h")
        credential = auths("h").entries["h"].credential(origin)
        assert credential == Credential("u", Sensitive("p"))
        assert credential.origin is origin

    def test_several_auths_add_up_and_the_last_of_a_doubled_key_counts(self):
        text = '{"auths":{"a":{"auth":"eDp4"},"b":{}},"Auths":{"a":{"auth":"dTpw"},"c":{}}}'
        config = DockerConfig.parse(text)
        assert list(config.entries) == ["a", "b", "c"]
        assert config.entries["a"].username == "u"

    def test_null_forgets_what_stood_before_it(self):
        assert list(DockerConfig.parse('{"auths":{"a":{}},"auths":null,"AUTHS":{"b":{}}}').entries) == ["b"]

    @pytest.mark.parametrize("text", ["null", "{}", '{"auths":null}', '{"auths":{}}'])
    def test_nothing_in_it(self, text):
        assert not DockerConfig.parse(text).entries

    def test_legacy(self):
        config = DockerConfig.parse_legacy(b'{"h":{"auth":"dTpw","email":"e"}}')
        assert config.legacy
        assert config.entries["h"].username == "u"
        assert not DockerConfig.parse_legacy("null").entries

    def test_stores(self):
        config = parsed(credsStore="pass", CREDHELPERS={"gcr.io": "gcloud", "x": 5})
        assert config.creds_store == "pass"
        assert config.cred_helpers == {"gcr.io": "gcloud"}

    @pytest.mark.parametrize("document", [{}, {"credsStore": 5, "credHelpers": []}])
    def test_no_stores(self, document):
        assert parsed(**document).creds_store == ""
        assert parsed(**document).cred_helpers == {}

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            pytest.param("", "f: is empty, where JSON was expected", id="empty"),
            pytest.param('{"auths"', "f, line 1, column 9: is no JSON: it ends too early", id="truncated"),
            pytest.param("[]", "f: must be a JSON object, and is an array", id="array"),
            pytest.param('"x"', "f: must be a JSON object, and is a string", id="string"),
            pytest.param("7", "f: must be a JSON object, and is a number", id="number"),
            pytest.param("true", "f: must be a JSON object, and is a boolean", id="boolean"),
            pytest.param(
                '{"Auths": []}', "f, .Auths: must be an object of registries, and is an array", id="auths"
            ),
        ],
    )  # fmt: skip
    def test_refuse(self, text, message):
        with pytest.raises(InvalidDockerConfig) as caught:
            DockerConfig.parse(text, place="f")
        assert str(caught.value) == message

    @pytest.mark.parametrize("text", ['{"h": {"auth": "hunter2"}', '["hunter2"]', '{"auths": ["hunter2"]}'])
    @pytest.mark.parametrize("parse", [DockerConfig.parse, DockerConfig.parse_legacy], ids=["json", "legacy"])
    def test_an_error_shows_no_password(self, text, parse):
        try:
            shown = repr(parse(text))
        except InvalidDockerConfig as error:
            shown = all_shown(error)
        assert "hunter2" not in shown

    def test_repr_shows_keys_alone(self):
        assert repr(auths("a", "b")) == "DockerConfig(a, b)"
        assert "dTpw" not in repr(auths("a").top_members)


class TestWriting:
    @pytest.mark.parametrize(
        "text",
        [
            pytest.param('{"auths":{"a":{"auth":"dTpw","x":[1,{"y":1e3}]}},"Foo":{"A":"b"}}', id="unknown"),
            pytest.param('{"credsStore":"pass","auths":{},"big":123456789012345678901}', id="order"),
            pytest.param('{"auths":{"a":{},"a":{"auth":"dTpw"}},"auths":{"b":{}}}', id="doubles"),
            pytest.param("{}", id="empty"),
        ],
    )  # fmt: skip
    def test_what_was_read_is_written(self, text):
        config = DockerConfig.parse(text)
        assert config.to_secret_bytes() == text.encode()
        assert DockerConfig.parse(config.to_file_bytes()) == config

    def test_to_file_as_docker(self):
        assert auths("h").to_file_bytes() == (
            b'{\n\t"auths": {\n\t\t"h": {\n\t\t\t"auth": "dTpw"\n\t\t}\n\t}\n}'
        )

    def test_to_legacy(self):
        text = b'{"b":{"auth":"dTpw"},"a":null}'
        assert DockerConfig.parse_legacy(text).to_legacy_bytes() == text
        assert auths("h").to_legacy_bytes() == b'{"h":{"auth":"dTpw"}}'


class TestWithEntry:
    def test_appended(self):
        config = auths("a").with_entry("b", "v", "q", email="e", identity_token="i")
        assert list(config.entries) == ["a", "b"]
        assert config.to_secret_bytes().endswith(
            b'"b":{"username":"v","password":"q","email":"e","auth":"djpx","identitytoken":"i"}}}'
        )

    def test_in_place_of_the_same_key(self):
        config = parsed(auths={"a": {"auth": "dTpw", "x": 1}, "b": {}}, other=1).with_entry("a", "v", "q")
        assert config.to_secret_bytes() == (
            b'{"auths":{"a":{"username":"v","password":"q","auth":"djpx"},"b":{}},"other":1}'
        )

    def test_other_spellings_stay(self):
        assert list(auths("https://a").with_entry("a", "v", "q").entries) == ["https://a", "a"]

    def test_where_auths_is_missing_or_doubled(self):
        assert list(parsed(other=1).with_entry("a", "u", "p").entries) == ["a"]
        doubled = DockerConfig.parse('{"auths":{"a":{}},"x":1,"Auths":{"b":{}}}').with_entry("c", "u", "p")
        assert list(doubled.entries) == ["a", "b", "c"]
        assert [name for name, _ in doubled.top_members] == ["x", "Auths"]

    def test_a_sensitive_password_is_taken(self):
        config = DockerConfig.empty().with_entry("a", "u", Sensitive("p"))
        assert config.entries["a"].password.reveal() == "p"

    def test_the_old_one_does_not_change(self):
        config = auths("a")
        config.with_entry("b", "u", "p")
        assert list(config.entries) == ["a"]

    def test_legacy_stays_legacy(self):
        config = DockerConfig.parse_legacy("{}").with_entry("a", "u", "p")
        assert config.legacy
        assert config.to_legacy_bytes().startswith(b'{"a":')


class TestWithout:
    @pytest.mark.parametrize(
        ("gone", "left"),
        [
            pytest.param("h.io", ["h.io/team", HUB], id="every-spelling-of-a-host"),
            pytest.param("H.IO", ["h.io/team", HUB], id="in-any-case"),
            pytest.param("http://h.io", ["h.io", "h.io/team", HUB], id="one-spelling"),
            pytest.param("h.io/team", ["h.io", "http://h.io", HUB], id="one-path"),
            pytest.param("docker.io", ["h.io", "h.io/team", "http://h.io"], id="docker-hub"),
            pytest.param(HUB, ["h.io", "h.io/team", "http://h.io"], id="docker-hub-by-key"),
            pytest.param("https://docker.io/", ["h.io", "h.io/team", "http://h.io"], id="docker-hub-by-url"),
        ],
    )
    def test_without(self, gone, left):
        assert list(auths("h.io", "h.io/team", "http://h.io", HUB).without(gone).entries) == left

    @pytest.mark.parametrize("host", ["x.io", "h.io:443", "h.io", "h.io/other", ""])
    def test_no_such_entry(self, host):
        with pytest.raises(InvalidInput, match="no entry") as caught:
            auths("h.io/team").without(host)
        assert "h.io/team" in caught.value.hint

    def test_none_at_all(self):
        with pytest.raises(InvalidInput) as caught:
            DockerConfig.empty().without("h.io")
        assert caught.value.hint == "there are: none"

    def test_the_rest_is_as_it_was(self):
        text = '{"x":1,"auths":{"a":{"auth":"dTpw","y":1.0},"b":{}},"credsStore":"s"}'
        assert DockerConfig.parse(text).without("b").to_secret_bytes() == text.replace(',"b":{}', "").encode()


OLD = ("h.io/%3Fold", "h.io/%3Folder")


class TestOldLogins:
    """What a rotation keeps beside a login goes where that goes."""

    CONFIG = auths(
        "h.io/team", "h.io", "https://h.io", "h.io/team%3Fold", "h.io/%3Fold", "h.io/%3Folder", "x"
    )

    @pytest.mark.parametrize(
        ("hosts", "left"),
        [
            pytest.param(["h.io/team"], ["h.io/team", "h.io/team%3Fold"], id="path"),
            pytest.param(["https://h.io"], ["https://h.io", *OLD], id="one-spelling"),
            pytest.param(["x"], ["x"], id="another"),
        ],
    )
    def test_only(self, hosts, left):
        assert list(self.CONFIG.only(hosts).entries) == left

    @pytest.mark.parametrize(
        ("gone", "taken_out"),
        [
            pytest.param("h.io/team", {"h.io/team", "h.io/team%3Fold"}, id="path"),
            pytest.param("h.io", {"h.io", "https://h.io", *OLD}, id="host"),
            pytest.param("https://h.io", {"https://h.io"}, id="not-the-last-spelling"),
            pytest.param("h.io/%3Fold", {"h.io/%3Fold"}, id="the-old-one-itself"),
        ],
    )
    def test_without(self, gone, taken_out):
        assert self.CONFIG.entries.keys() - self.CONFIG.without(gone).entries.keys() == taken_out

    @pytest.mark.parametrize(
        ("gone", "left"),
        [
            pytest.param("https://h.io", ["h.io", "h.io/%3Fold"], id="its-user-has-no-other"),
            pytest.param("h.io/%3Fold", ["h.io", "https://h.io", "h.io/%3Folder"], id="the-old-one-itself"),
        ],
    )
    def test_of_two_users(self, gone, left):
        users = {"h.io": "one", "https://h.io": "two", "h.io/%3Fold": "one", "h.io/%3Folder": "two"}
        config = parsed(auths={key: {"username": user, "password": "x"} for key, user in users.items()})
        assert list(config.without(gone).entries) == left


class TestOnly:
    @pytest.mark.parametrize(
        ("hosts", "left"),
        [
            (["h.io"], ["h.io", "h.io/team"]),
            (["h.io/team"], ["h.io/team"]),
            (["docker.io"], [HUB]),
            (["https://docker.io"], [HUB]),
            (["docker.io", "h.io/team"], ["h.io/team", HUB]),
            ([], []),
        ],
    )
    def test_only(self, hosts, left):
        assert list(auths("h.io", "h.io/team", HUB, "x").only(hosts).entries) == left

    def test_no_such_entry(self):
        with pytest.raises(InvalidInput, match="no entry for y"):
            auths("x").only(["x", "y"])


class TestMerged:
    def test_in_place_and_appended(self):
        one = parsed(auths={"a": {"auth": "eDp4"}, "b": {}}, x=1)
        merged = one.merged(parsed(auths={"c": {}, "a": {"auth": "dTpw"}}, y=2))
        assert list(merged.entries) == ["a", "b", "c"]
        assert merged.entries["a"].username == "u"
        assert [name for name, _ in merged.top_members] == ["auths", "x"]

    def test_credentials_only(self):
        config = parsed(
            HttpHeaders={"A": "b"}, proxies={}, credsStore="s", credHelpers={},
            auths={"a": {"auth": "dTpw", "x": 1}, "b": {}, "c": {"identitytoken": "i"}},
        )  # fmt: skip
        assert config.credentials_only().to_secret_bytes() == (
            b'{"auths":{"a":{"auth":"dTpw","x":1},"c":{"identitytoken":"i"}}}'
        )


def test_equality_is_of_content():
    assert auths("a") == auths("a")
    assert hash(auths("a")) == hash(auths("a"))
    assert auths("a") != auths("b")
    assert auths("a") != "a"
    assert DockerConfig.parse_legacy("{}") != DockerConfig.empty()
