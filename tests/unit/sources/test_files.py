import io
import json

import pytest
import yaml

from pullsecret.core.dockerconfig import DockerConfig
from pullsecret.core.errors import InvalidDockerConfig, InvalidInput, InvalidPullSecret
from pullsecret.core.pullsecrets import secret_manifest
from pullsecret.core.sensitive import Sensitive
from pullsecret.sources.files import read_config_file, read_secret_or_config
from support.showing import all_shown

HOST = "harbor.example.com"
CONFIG = DockerConfig.empty().with_entry(HOST, "ann", Sensitive("hunter2"))


def manifest(name="pull", **options) -> dict:
    return secret_manifest(name, CONFIG, **options)


def written(tmp_path, text: str):
    path = tmp_path / "file"
    path.write_text(text)
    return path


def as_list(*objects: dict) -> dict:
    return {"apiVersion": "v1", "kind": "List", "items": list(objects)}


NESTED = as_list(manifest("a"), as_list(manifest("b")))
TYPED = {"kind": "SecretList", "apiVersion": "v1", "items": [{"metadata": {"name": "a"}}]}


class TestReadConfigFile:
    @pytest.mark.parametrize(
        ("text", "keys"),
        [
            pytest.param('{"auths": {"h": {"auth": "dTpw"}}}', ["h"], id="config.json"),
            pytest.param('{"Auths": {"h": {"auth": "dTpw"}}}', ["h"], id="in other case"),
            pytest.param('{"auths": {"auth": {}}}', ["auth"], id="a registry named auth"),
            pytest.param('{"h": {"auth": "dTpw"}, "i": {"username": "u"}}', ["h", "i"], id=".dockercfg"),
            pytest.param('{"HttpHeaders": {"X": "y"}, "proxies": {"default": {}}}', [], id="settings only"),
            pytest.param('{"credsStore": "pass"}', [], id="a store only"),
            pytest.param("{}", [], id="nothing"),
        ],
    )
    def test_shapes(self, tmp_path, text, keys):
        assert list(read_config_file(written(tmp_path, text)).entries) == keys

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            pytest.param('{"auths": {"h": {"auth": "hunter2"', "line 1, column", id="truncated"),
            pytest.param('{"auths": []}', "must be an object", id="auths is a list"),
            pytest.param('["x"]', "must be a JSON object", id="a list"),
            pytest.param("auths: {}", "line 1, column 1", id="YAML"),
            pytest.param("<html>", "line 1, column 1", id="HTML"),
            pytest.param('{"a":' * 5000, "nested", id="nested too deep"),
        ],
    )
    def test_what_is_none(self, tmp_path, text, words):
        path = written(tmp_path, text)
        with pytest.raises(InvalidDockerConfig, match=words) as caught:
            read_config_file(path)
        assert caught.value.message.startswith(str(path))
        assert "hunter2" not in all_shown(caught.value)

    def test_standard_input(self):
        assert HOST in read_config_file("-", stdin=io.StringIO(CONFIG.to_file_bytes().decode())).entries


class TestReadSecretOrConfig:
    @pytest.mark.parametrize(
        ("text", "names"),
        [
            pytest.param(yaml.safe_dump(manifest()), ["pull"], id="YAML"),
            pytest.param(json.dumps(manifest()), ["pull"], id="JSON"),
            pytest.param(yaml.safe_dump_all([manifest("a"), manifest("b")]), ["a", "b"], id="documents"),
            pytest.param("---\n---\n" + yaml.safe_dump(manifest()) + "---\n", ["pull"], id="empty documents"),
            pytest.param(json.dumps(as_list(manifest("a"), manifest("b"))), ["a", "b"], id="JSON List"),
            pytest.param(yaml.safe_dump(NESTED), ["a", "b"], id="nested List"),
            pytest.param(json.dumps(TYPED), ["a"], id="SecretList"),
            pytest.param(yaml.safe_dump_all([{"kind": "Service"}, manifest()]), ["pull"], id="other kinds"),
            pytest.param("# made by helm\n" + yaml.safe_dump(manifest()), ["pull"], id="comment first"),
        ],
    )  # fmt: skip
    def test_secrets(self, tmp_path, text, names):
        secrets = read_secret_or_config(written(tmp_path, text))
        assert [secret.name for secret in secrets] == names

    def test_a_secret_holds_its_config(self, tmp_path):
        (secret,) = read_secret_or_config(written(tmp_path, yaml.safe_dump(manifest(namespace="web"))))
        assert (secret.source, secret.config) == ("web/pull", CONFIG)

    def test_values_with_names_of_secrets_are_read_whole(self, tmp_path):
        obj = {"kind": "Secret", "data": {"password": "aHVudGVyMg=="}, "stringData": {"auth": "x"}}
        (secret,) = read_secret_or_config(written(tmp_path, json.dumps(obj)))
        assert secret.data == {"password": b"hunter2", "auth": b"x"}
        assert secret.skipped

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param(CONFIG.to_file_bytes().decode(), id="config.json"),
            pytest.param(CONFIG.to_legacy_bytes().decode(), id=".dockercfg"),
        ],
    )
    def test_configs(self, tmp_path, text):
        config = read_secret_or_config(written(tmp_path, text))
        assert config.entries[HOST] == CONFIG.entries[HOST]

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            pytest.param('{"kind": "Secret", "data": {"x": "hunter2"', "line 1, column", id="truncated JSON"),
            pytest.param(
                "kind: Secret\ndata: {x: hunter2\n", "line 3, column 1: is no YAML", id="truncated YAML"
            ),
            pytest.param("kind: Secret\n\tdata: hunter2\n", "line 2, column 1: is no YAML", id="a tab"),
            pytest.param("a: 2024-99-99", "is no YAML", id="a date that is none"),
            pytest.param(
                "a: !!python/object:os.system x", "line 1, column 4: is no YAML", id="a tag that runs code"
            ),
            pytest.param("a: \x01", "is no YAML", id="a control character"),
            pytest.param("? [a, {}]\n: x", "is no YAML", id="a key that is none"),
            pytest.param("- " * 200_000 + "x", "nested deeper", id="nested too deep, block"),
            pytest.param("a: " + "[" * 200_000, "nested deeper", id="nested too deep, flow"),
            pytest.param("just words", "no Kubernetes object", id="a text"),
            pytest.param("[1, 2]", "no Kubernetes object", id="a JSON list"),
            pytest.param("a: b", "neither a Secret manifest nor a docker config", id="another YAML"),
            pytest.param('{"a": "b"}', "neither a Secret manifest nor a docker config", id="another JSON"),
            pytest.param("--- \n---", "neither a Secret manifest nor a docker config", id="no documents"),
            pytest.param(
                "kind: Pod\nmetadata: {name: web}", "holds no Secret, only Pod web", id="another kind"
            ),
        ],
    )
    def test_what_is_neither(self, tmp_path, text, words):
        path = written(tmp_path, text)
        with pytest.raises(InvalidInput, match=words) as caught:
            read_secret_or_config(path)
        assert caught.value.message.startswith(f"{path}: ")
        assert "\n" not in caught.value.message
        assert "hunter2" not in all_shown(caught.value)

    @pytest.mark.parametrize(
        ("obj", "words"),
        [
            pytest.param({"kind": "Secret", "data": {"x": "!!!"}}, "no base64", id="no base64"),
            pytest.param({"kind": "Secret", "data": ["x"]}, "must be an object", id="data is a list"),
        ],
    )
    def test_a_broken_secret(self, tmp_path, obj, words):
        path = written(tmp_path, json.dumps(obj))
        with pytest.raises(InvalidPullSecret, match=words) as caught:
            read_secret_or_config(path)
        assert caught.value.message.startswith(f"{path}: ")

    def test_aliases_that_would_multiply(self, tmp_path):
        lines = ["a: &a0 {kind: List, items: []}"]
        lines += [
            f"a{n}: &a{n} {{kind: List, items: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, 30)
        ]
        text = "\n".join([*lines, "kind: List", "items: [*a29]"])
        with pytest.raises(InvalidInput, match="neither"):
            read_secret_or_config(written(tmp_path, text))

    def test_a_list_that_holds_itself(self, tmp_path):
        with pytest.raises(InvalidInput, match="neither"):
            read_secret_or_config(written(tmp_path, "--- &a {kind: List, items: [*a]}"))


def test_json_needs_no_yaml(tmp_path):
    import subprocess
    import sys

    path = written(tmp_path, json.dumps(manifest()))
    code = (
        "import sys; from pullsecret.sources.files import read_secret_or_config;"
        f"read_secret_or_config({str(path)!r}); sys.exit('yaml' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
