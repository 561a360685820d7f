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
from pullsecret.kube.identity import is_token
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


async def run_plugin(plugin: ExecPlugin, *, terminal: bool, time_limit: float = TIME_LIMIT) -> ExecCredential:
    """Run the plugin and read what it prints.

    Args:
        plugin: what to run.
        terminal: whether standard input is a terminal, so that it may ask.
        time_limit: seconds until it is ended.

    Raises:
        ClusterError: it is missing, fails, hangs, or prints something else.
    """
    if plugin.interactive_mode == "Always" and not terminal:
        raise _error(plugin, "wants to ask at a terminal, and standard input is none")
    program = shutil.which(plugin.command, path=plugin.environment.get("PATH", os.defpath))
    if program is None:
        raise ClusterError(
            f"{_called(plugin)} is not installed, or not in PATH",
            hint=_printable(plugin.install_hint)
            or f"install {plugin.command}: the kubeconfig logs in with it",
        )
    output = await _output(
        plugin, program, interactive=terminal and plugin.interactive_mode != "Never", time_limit=time_limit
    )
    return parse_credential(output, plugin)


def parse_credential(output: Sensitive, plugin: ExecPlugin) -> ExecCredential:
    """Read an ExecCredential.

    Raises:
        ClusterError: it is none, of another version, or without a credential; its text is not repeated.
    """
    credential = _credential(output, plugin.api_version)
    if isinstance(credential, str):
        raise _error(plugin, credential)
    return credential


def _credential(output: Sensitive, api_version: str) -> ExecCredential | str:
    """Give the credential, or what is wrong with it: an error raised here would hold it in its frame."""
    try:
        document = json.loads(output.reveal())
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or document.get("kind") != "ExecCredential":
        return "printed something that is no ExecCredential in JSON"
    if document.get("apiVersion") != api_version:
        return f"printed an ExecCredential of another version than {api_version}"
    status = document.get("status")
    return _of_status(status) if isinstance(status, dict) else "printed an ExecCredential without a status"


def _of_status(status: Mapping[str, Any]) -> ExecCredential | str:
    texts = [status.get(name) or "" for name in ("token", "clientCertificateData", "clientKeyData")]
    if not all(isinstance(text, str) for text in texts):
        return "gave a token, certificate or key that is no text"
    token, certificate, key = map(Sensitive, texts)
    if bool(certificate) != bool(key):
        return "gave a client certificate without its key, or a key alone"
    if not token and not key:
        return "gave neither a token nor a client certificate"
    if not is_token(token):
        return "gave a token with spaces or letters that no token has"
    expires = _moment(status.get("expirationTimestamp"))
    if isinstance(expires, str):
        return expires
    return ExecCredential(token, ClientCertificate(certificate.reveal(), key) if key else None, expires)


def _moment(text: object) -> datetime | str | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return "gave an expirationTimestamp that is no time"
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _variables(plugin: ExecPlugin, *, interactive: bool) -> dict[str, str]:
    """Give the plugin's environment; KUBERNETES_EXEC_INFO is in client-go's order of fields."""
    spec: dict[str, Any] = {} if plugin.cluster is None else {"cluster": dict(plugin.cluster)}
    spec["interactive"] = interactive
    document = {"kind": "ExecCredential", "apiVersion": plugin.api_version, "spec": spec}
    information = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    return {**plugin.environment, **dict(plugin.variables), "KUBERNETES_EXEC_INFO": information}


async def _output(plugin: ExecPlugin, program: str, *, interactive: bool, time_limit: float) -> Sensitive:
    """Run to the end and give what was printed.

    The pipe is our own and not asyncio's, so that we can close it while grandchildren keep it open.
    """
    reading, writing = os.pipe()
    process = await _started(plugin, program, writing, interactive=interactive)
    os.close(writing)  # only the plugin may hold it, or its end would never be seen
    if isinstance(process, str):
        os.close(reading)
        raise _error(plugin, f"cannot be started: {process}")
    try:
        async with asyncio.timeout(time_limit):
            output = await _read(reading)
            code = await process.wait() if output is not None else 0
    except TimeoutError:
        raise _error(plugin, f"did not end within {time_limit:g} s") from None
    finally:
        await _end(process)
    if output is None:
        raise _error(plugin, f"printed more than {MAX_OUTPUT // 1024} KiB")
    if code != 0:
        how = f"failed with exit code {code}" if code > 0 else f"was ended by signal {-code}"
        raise _error(plugin, f"{how}; what it says of it stands above")
    return output


async def _started(plugin: ExecPlugin, program: str, writing: int, *, interactive: bool) -> Process | str:
    """Start the plugin, or tell why it cannot be; the system's error would hold its environment."""
    try:
        return await asyncio.create_subprocess_exec(
            program,
            *plugin.arguments,
            env=_variables(plugin, interactive=interactive),
            stdin=None if interactive else DEVNULL,
            stdout=writing,
        )
    except (OSError, ValueError) as error:
        return (error.strerror if isinstance(error, OSError) else "") or "an argument that no program can get"


async def _read(descriptor: int) -> Sensitive | None:
    """Read a pipe to its end; None where there is too much."""
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb", buffering=0)
    )
    try:
        output = bytearray()
        while chunk := await reader.read(65536):
            output += chunk
            if len(output) > MAX_OUTPUT:
                return None
        return Sensitive(output.decode("utf-8", "replace"))
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
