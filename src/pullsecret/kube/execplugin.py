"""Running exec plugins: programs that print credentials (client.authentication.k8s.io v1 and v1beta1).

The contract is that of client-go's plugin/pkg/client/auth/exec: the plugin inherits our environment and
standard error, gets KUBERNETES_EXEC_INFO, and prints one ExecCredential.
"""

import asyncio
import json
import os
import shutil
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pullsecret.core.errors import ClusterError
from pullsecret.core.sensitive import Sensitive
from pullsecret.kube.settings import ClientCertificate, ExecPlugin

TIME_LIMIT = 300.0
"""Seconds; long, because some plugins wait for a person to log in in a browser."""

MAX_OUTPUT = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ExecCredential:
    """What a plugin printed.

    Attributes:
        token: a bearer token; empty if there is none.
        certificate: a client certificate; None if there is none.
        expires: when to run the plugin again; None for never.
    """

    token: Sensitive = field(default_factory=Sensitive)
    certificate: ClientCertificate | None = None
    expires: datetime | None = None


async def run_plugin(
    plugin: ExecPlugin, environment: Mapping[str, str], *, terminal: bool, time_limit: float = TIME_LIMIT
) -> ExecCredential:
    """Run the plugin and read what it prints.

    Args:
        plugin: what to run.
        environment: what it inherits.
        terminal: whether standard input is a terminal, so that it may ask.
        time_limit: seconds until it is ended.

    Raises:
        ClusterError: it is missing, fails, hangs, or prints something else.
    """
    if plugin.interactive_mode == "Always" and not terminal:
        raise _error(plugin, "wants to ask at a terminal, and standard input is none")
    interactive = terminal and plugin.interactive_mode != "Never"
    variables = {
        **environment,
        **dict(plugin.variables),
        "KUBERNETES_EXEC_INFO": _information(plugin, interactive),
    }
    program = shutil.which(plugin.command, path=variables.get("PATH", os.defpath))
    if program is None:
        raise ClusterError(
            f"{_called(plugin)} is not installed, or not in PATH",
            hint=_printable(plugin.install_hint)
            or f"install {plugin.command}, which the kubeconfig names to log in",
        )
    output = await _output(plugin, program, variables, interactive=interactive, time_limit=time_limit)
    return parse_credential(output, plugin)


def parse_credential(output: bytes, plugin: ExecPlugin) -> ExecCredential:
    """Read an ExecCredential.

    Raises:
        ClusterError: it is none, of another version, or without a credential; its text is not repeated.
    """
    try:
        document = json.loads(output)
    except (ValueError, RecursionError):
        raise _error(plugin, "printed something that is no ExecCredential in JSON") from None
    if not isinstance(document, dict) or document.get("kind") != "ExecCredential":
        raise _error(plugin, "printed something that is no ExecCredential in JSON")
    if document.get("apiVersion") != plugin.api_version:
        raise _error(plugin, f"printed an ExecCredential of another version than {plugin.api_version}")
    status = document.get("status")
    if not isinstance(status, dict):
        raise _error(plugin, "printed an ExecCredential without a status")
    token, certificate, key = (
        _text(status, name, plugin) for name in ("token", "clientCertificateData", "clientKeyData")
    )
    if bool(certificate) != bool(key):
        raise _error(plugin, "gave a client certificate without its key, or a key alone")
    if not token and not key:
        raise _error(plugin, "gave neither a token nor a client certificate")
    return ExecCredential(
        token=token,
        certificate=ClientCertificate(certificate.reveal(), key) if key else None,
        expires=_expiry(status, plugin),
    )


def _text(status: Mapping[str, Any], name: str, plugin: ExecPlugin) -> Sensitive:
    value = status.get(name) or ""
    if not isinstance(value, str) or (name == "token" and any(not "!" <= letter <= "~" for letter in value)):
        raise _error(plugin, f"gave a {name} that is none")
    return Sensitive(value)


def _expiry(status: Mapping[str, Any], plugin: ExecPlugin) -> datetime | None:
    text = status.get("expirationTimestamp")
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise _error(plugin, "gave an expirationTimestamp that is no time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _information(plugin: ExecPlugin, interactive: bool) -> str:
    """Make KUBERNETES_EXEC_INFO, in client-go's order of fields."""
    spec: dict[str, Any] = {} if plugin.cluster is None else {"cluster": dict(plugin.cluster)}
    spec["interactive"] = interactive
    document = {"kind": "ExecCredential", "apiVersion": plugin.api_version, "spec": spec}
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


async def _output(
    plugin: ExecPlugin, program: str, variables: Mapping[str, str], *, interactive: bool, time_limit: float
) -> bytes:
    """Run to the end and give what was printed.

    The pipe is our own, so that closing it does not wait for grandchildren that keep it open.
    """
    reading, writing = os.pipe()
    try:
        process = await asyncio.create_subprocess_exec(
            program, *plugin.arguments, env=variables, stdin=None if interactive else DEVNULL, stdout=writing
        )
    except (OSError, ValueError) as error:
        os.close(reading)
        reason = (
            error.strerror if isinstance(error, OSError) and error.strerror else "a NUL byte in its arguments"
        )
        raise _error(plugin, f"cannot be started: {reason}") from None
    finally:
        os.close(writing)
    try:
        async with asyncio.timeout(time_limit):
            output = await _read(reading, plugin)
            code = await process.wait()
    except TimeoutError:
        raise _error(plugin, f"did not end within {time_limit:g} s") from None
    finally:
        await _end(process)
    if code != 0:
        how = f"failed with exit code {code}" if code > 0 else f"was ended by signal {-code}"
        raise _error(plugin, f"{how}; what it says of it stands above")
    return output


async def _read(descriptor: int, plugin: ExecPlugin) -> bytes:
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb", buffering=0)
    )
    try:
        output = b""
        while chunk := await reader.read(65536):
            output += chunk
            if len(output) > MAX_OUTPUT:
                raise _error(plugin, f"printed more than {MAX_OUTPUT // 1024} KiB")
        return output
    finally:
        transport.close()


async def _end(process: Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _error(plugin: ExecPlugin, message: str) -> ClusterError:
    return ClusterError(
        f"{_called(plugin)} {message}", hint=f"run it by hand to see what it does: {plugin.command}"
    )


def _called(plugin: ExecPlugin) -> str:
    return f"the exec plugin {plugin.command} of user {plugin.user!r}"


def _printable(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
