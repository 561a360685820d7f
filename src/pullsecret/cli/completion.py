"""Shell completion: click's for the shells, and cobra's protocol for kubectl's plugins.

kubectl completes a plugin from 1.26 on: for `kubectl pull-secret` it runs `kubectl_complete-pull_secret` from
the PATH with the words typed so far, and reads completions and a directive (kubectl, `plugin_completion.go`).
"""

import sys
from collections.abc import Mapping, Sequence

from click.shell_completion import CompletionItem, ShellComplete, get_completion_class

from pullsecret.cli.main import PLUGIN
from pullsecret.cli.parser import root

VARIABLE = "_PULLSECRET_COMPLETE"
NAMES = ("pullsecret", PLUGIN)
SHELLS = ("bash", "zsh", "fish", "kubectl")
NO_FILES = ":4"
"""cobra's ShellCompDirectiveNoFileComp, the last line kubectl reads."""
FILES = ":0"
"""cobra's ShellCompDirectiveDefault: let the shell complete file names."""

_REGISTER = {
    "bash": "complete -o nosort -F {function} {name}",
    "zsh": "(( $+functions[compdef] )) && compdef {function} {name}",
    "fish": 'complete --no-files --command {name} --arguments "({function})";',
}
_FOR_KUBECTL = """\
#!/bin/sh
# kubectl 1.26 and later runs this to complete `kubectl pull-secret`: it must be in the PATH, executable, and
# be called kubectl_complete-pull_secret.
_PULLSECRET_COMPLETE=kubectl_complete exec {name} "$@"
"""


def script(shell: str, program: str = "pullsecret") -> str:
    """Give the script for bash, zsh or fish, which completes both names; or the program for kubectl.

    Args:
        shell: one of `SHELLS`.
        program: how this program was called: ``pullsecret`` or ``kubectl pull-secret``.
    """
    name = PLUGIN if program.startswith("kubectl") else NAMES[0]
    if shell == "kubectl":
        return _FOR_KUBECTL.format(name=name)
    made = _for_shell(shell, name)
    (other,) = (one for one in NAMES if one != name)
    return f"{made.source()}\n{_REGISTER[shell].format(function=made.func_name, name=other)}\n"


def answer(environment: Mapping[str, str], words: Sequence[str] = ()) -> str | None:
    """Answer a shell that asks for completions (it sets `VARIABLE`); None when none does.

    Args:
        environment: where a shell's own words are.
        words: the program's arguments, which are kubectl's words.
    """
    shell, _, action = environment.get(VARIABLE, "").partition("_")
    if action != "complete":
        return None
    if shell == "kubectl":
        return for_kubectl(words)
    return None if get_completion_class(shell) is None else _for_shell(shell).complete() + "\n"


def _for_shell(shell: str, name: str = NAMES[0]) -> ShellComplete:
    kind = get_completion_class(shell)
    if kind is None:
        raise ValueError(f"no completion for {shell!r}")
    return kind(root(), {}, name, VARIABLE)


def complete(words: Sequence[str]) -> list[CompletionItem]:
    """Complete the last of some words, which may be empty; the program's name is not among them."""
    *before, incomplete = words or [""]
    return ShellComplete(root(), {}, NAMES[0], VARIABLE).get_completions(list(before), incomplete)


def for_kubectl(words: Sequence[str]) -> str:
    """Give the completions of kubectl's words as cobra writes them."""
    items = complete(words)
    lines = [
        f"{item.value}\t{item.help}" if item.help else item.value for item in items if item.type == "plain"
    ]
    lines.append(FILES if any(item.type == "file" for item in items) else NO_FILES)
    return "\n".join(lines) + "\n"


def kubectl_complete() -> None:
    """Answer kubectl, which runs `kubectl_complete-pull_secret WORDS…` for its plugins' completion."""
    sys.stdout.write(for_kubectl(sys.argv[1:]))
