"""What stands in a file that a person names: a docker config, or a manifest of Secrets."""

from pathlib import Path
from typing import Any, TextIO

from pullsecret.core import gojson
from pullsecret.core.dockerconfig import DockerConfig
from pullsecret.core.errors import InvalidInput
from pullsecret.core.jsonreading import InvalidJson, decode
from pullsecret.core.objects import SECRET, name_of
from pullsecret.core.plaintext import printable
from pullsecret.core.pullsecrets import Secret
from pullsecret.core.sensitive import Sensitive
from pullsecret.core.workloads import items_of
from pullsecret.sources.rawbytes import RawBytes
from pullsecret.sources.reading import place_of, read_text
from pullsecret.sources.yamltext import documents

CONFIG_FIELDS = frozenset({"auths", "credsstore", "credhelpers"})
ENTRY_FIELDS = frozenset({"auth", "username", "password", "email", "identitytoken", "registrytoken"})


def read_config_file(path: str | Path, *, stdin: TextIO | None = None) -> DockerConfig:
    """Read a docker config: a `config.json`, podman's `auth.json`, or the legacy `.dockercfg` (by its shape).

    Raises:
        SourceError: the file cannot be read.
        InvalidInput: it is too large, empty or no text.
        InvalidDockerConfig: it is no JSON, or no docker config.
    """
    return parse_config(read_text(path, stdin=stdin), place_of(path))


def parse_config(text: RawBytes, place: str) -> DockerConfig:
    """Read a docker config's text; `place` is what errors call it."""
    if _is_legacy(_members(text)):
        return DockerConfig.parse_legacy(text, place=place)
    return DockerConfig.parse(text, place=place)


def read_secret_or_config(
    path: str | Path, *, stdin: TextIO | None = None
) -> DockerConfig | tuple[Secret, ...]:
    """Read what `--file` names: a docker config, or the Secrets of a manifest, in YAML or JSON.

    A manifest may hold several documents, Lists, and objects of other kinds, which are passed over. Secrets
    of other types than the two for pulling are among the answer; their `skipped` tells.

    Raises:
        SourceError: the file cannot be read.
        InvalidInput: it is too large, empty or no text; or it is neither of the two.
        InvalidDockerConfig, InvalidPullSecret: one of them, but a broken one.
    """
    text = read_text(path, stdin=stdin)
    place = place_of(path)
    if not text.lstrip().startswith((b"{", b"[")):
        return _secrets(documents(text, place), place)
    members = _members(text)
    if _is_config(members) or _is_legacy(members):
        return parse_config(text, place)
    return _secrets([_plain(_decoded(text, place))], place)


def _secrets(found: list[Any], place: str) -> tuple[Secret, ...]:
    try:
        objects = [obj for document in found for obj in items_of(document)]
        secrets = tuple(Secret.from_manifest(obj) for obj in objects if obj.get("kind") == SECRET.kind)
    except InvalidInput as error:
        raise type(error)(error.message, place=place, hint=error.hint) from None
    if secrets:
        return secrets
    kinds = ", ".join(dict.fromkeys(_said(obj) for obj in objects[:3] if obj.get("kind")))
    what = f"holds no Secret, only {kinds}" if kinds else "is neither a Secret manifest nor a docker config"
    raise InvalidInput(what, place=place, hint="see one with: kubectl get secret NAME -o yaml")


def _said(obj: Any) -> str:
    return printable(f"{obj['kind']} {name_of(obj)}".strip())


def _is_config(members: gojson.Members) -> bool:
    return any(gojson.fold(name) in CONFIG_FIELDS for name, _ in members)


def _is_legacy(members: gojson.Members) -> bool:
    """Tell a `.dockercfg`, whose entries stand at the top, by all of them looking like entries."""
    fields = [
        {gojson.fold(name) for name, _ in value} if isinstance(value, gojson.Members) else set()
        for _, value in members
    ]
    return bool(fields) and not _is_config(members) and all(ENTRY_FIELDS & names for names in fields)


def _members(text: RawBytes) -> gojson.Members:
    """Give the members of a JSON object; none when the text is none."""
    try:
        value = decode(text)
    except InvalidJson:
        return gojson.Members()
    return value if isinstance(value, gojson.Members) else gojson.Members()


def _decoded(text: RawBytes, place: str) -> gojson.Value:
    try:
        return decode(text)
    except InvalidJson as error:
        message, hint = error.message, error.hint
    raise InvalidInput(message, place=place, hint=hint)  # out here: that error's frames hold the text


def _plain(value: gojson.Value) -> Any:
    """Turn decoded JSON into plain objects and lists; of doubled names the last counts, as in Go."""
    if isinstance(value, gojson.Members):
        return {name: _plain(inner) for name, inner in value}
    if isinstance(value, Sensitive):
        return value.reveal()
    return [_plain(inner) for inner in value] if isinstance(value, list) else value
