"""`create NAME … --dry-run=client -o yaml` for a typed login, without the imports of the parser and of YAML.

Scripts make manifests in loops, and kubectl does it in 40 ms, which Python spends on importing click,
dataclasses and PyYAML alone. What is not exactly this one form goes the ordinary way; a test holds the
two ways against each other.
"""

import re
from collections.abc import Iterator, Sequence
from typing import TextIO

from pullsecret.core.authfield import encode_auth
from pullsecret.core.gojson import Members, encode
from pullsecret.core.registrykeys import registry_key
from pullsecret.core.secretmanifests import secret_manifest
from pullsecret.core.sensitive import Sensitive

NAMES = {
    "--registry": "registry", "--docker-server": "registry",
    "-u": "username", "--username": "username", "--docker-username": "username",
    "-p": "password", "--password": "password", "--docker-password": "password",
    "--email": "email", "--docker-email": "email",
    "--password-file": "password_file",
    "-n": "namespace", "--namespace": "namespace",
    "-o": "output", "--output": "output",
    "--dry-run": "dry_run",
}  # fmt: skip
FLAGS = {"--password-stdin": "password_stdin", "--no-verify": "no_verify"}
PLAIN_SCALAR = re.compile(r"(?!(?:y|n|yes|no|on|off|true|false|null)$)[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
"""Names that mean a string in YAML without quotes."""
PLAIN_REGISTRY = re.compile(
    r"(?:https?://)?[a-z0-9]+(?:-+[a-z0-9]+)*(?:(?:\.[a-z0-9]+(?:-+[a-z0-9]+)*)+(?::[0-9]{1,5})?|:[0-9]{1,5})/?"
    r"|https://index\.docker\.io/v1/"
)
"""Registries that need no second look."""


def run(argv: Sequence[str], stdin: TextIO, stdout: TextIO, stderr: TextIO) -> int | None:
    """Print the manifest and give the exit code; None when argv asks for anything else."""
    given = _parse(argv)
    if given is None:
        return None
    from pullsecret.cli.words import SAY
    from pullsecret.sources.typed import read_password

    password = given.get("password")
    if password is not None:
        print(SAY["password-flag"], file=stderr)

    try:
        secret = read_password(
            password=None if password is None else Sensitive(password),
            from_stdin="password_stdin" in given,
            path=given.get("password_file"),
            stdin=stdin,
            stderr=stderr,
        )
        config = _Login(given, secret)
        stdout.writelines(_yaml(secret_manifest(given["name"], config, namespace=given.get("namespace", ""))))
        stdout.flush()
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  told where all errors are told
        from pullsecret.cli.running import tell

        return tell(error, argv, stdout, stderr)
    return 0


def _parse(argv: Sequence[str]) -> dict[str, str] | None:
    """Read argv where it is this one form and nothing else."""
    if len(argv) < 4 or argv[1] != "create" or not PLAIN_SCALAR.fullmatch(argv[2]):
        return None
    given = {"name": argv[2]}
    words = iter(argv[3:])
    for word in words:
        option, equals, value = word.partition("=")
        name = NAMES.get(option) if equals or option in NAMES else FLAGS.get(word)
        if name is None or name in given or (equals and not option.startswith("--")):
            return None
        given[name] = "" if word in FLAGS else value if equals else next(words, "-")
    return given if _is_whole(given) else None


def _is_whole(given: dict[str, str]) -> bool:
    passwords = [name for name in given if name.startswith("password")]
    asked = given.get("dry_run"), given.get("output")
    namespace = given.get("namespace", "default")
    dashed = any(value.startswith("-") for value in given.values())  # an option's value was forgotten
    return (
        asked == ("client", "yaml")
        and len(passwords) == 1
        and ":" not in (given.get("username") or ":")
        and not dashed
        and bool(PLAIN_SCALAR.fullmatch(namespace))
        and bool(PLAIN_REGISTRY.fullmatch(given.get("registry", "docker.io")))
    )


class _Login:
    """A docker config of one typed login, as `secret_manifest` reads one."""

    def __init__(self, given: dict[str, str], password: Sensitive) -> None:
        texts = {
            "username": given["username"],
            "password": password,
            "email": given.get("email", ""),
            "auth": encode_auth(given["username"], password),
        }
        entry = Members((name, text) for name, text in texts.items() if text)
        self._root = Members(
            [("auths", Members([(registry_key(given.get("registry", "docker.io")), entry)]))]
        )

    def to_secret_bytes(self) -> bytes:
        return encode(self._root).encode()


def _yaml(document: dict[str, object], indent: str = "") -> Iterator[str]:
    """Write a manifest whose scalars need no quotes, as PyYAML and kubectl do: keys sorted."""
    for key in sorted(document):
        value = document[key]
        if isinstance(value, dict):
            yield f"{indent}{key}:\n"
            yield from _yaml(value, indent + "  ")
        else:
            yield f"{indent}{key}: {'null' if value is None else value}\n"
