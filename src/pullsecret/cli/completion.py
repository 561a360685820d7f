"""Shell completion: click's for the shells, and cobra's protocol for kubectl's plugins."""

import sys
from collections.abc import Mapping, Sequence

from click.shell_completion import CompletionItem, ShellComplete, get_completion_class

from pullsecret.cli.parser import root

VARIABLE = "_PULLSECRET_COMPLETE"
NO_FILES = ":4"
"""cobra's ShellCompDirectiveNoFileComp, the last line kubectl reads."""
FILES = ":0"
"""cobra's ShellCompDirectiveDefault: let the shell complete file names."""


def script(shell: str) -> str:
    """Give the script for bash, zsh or fish."""
    return _for_shell(shell).source() + "\n"


def answer(environment: Mapping[str, str]) -> str | None:
    """Answer a shell that asks for completions (it sets `VARIABLE`); None when none does."""
    instruction = environment.get(VARIABLE, "")
    shell, _, action = instruction.partition("_")
    if action != "complete" or get_completion_class(shell) is None:
        return None
    return _for_shell(shell).complete() + "\n"


def _for_shell(shell: str) -> ShellComplete:
    kind = get_completion_class(shell)
    if kind is None:
        raise ValueError(f"no completion for {shell!r}")
    return kind(root(), {}, "pullsecret", VARIABLE)


def complete(words: Sequence[str]) -> list[CompletionItem]:
    """Complete the last of some words, which may be empty; the program's name is not among them."""
    *before, incomplete = words or [""]
    return ShellComplete(root(), {}, "pullsecret", VARIABLE).get_completions(list(before), incomplete)


def kubectl_complete() -> None:
    """Answer kubectl, which runs `kubectl_complete-pull_secret WORDS…` for its plugins' completion."""
    items = complete(sys.argv[1:])
    lines = [
        f"{item.value}\t{item.help}" if item.help else item.value for item in items if item.type == "plain"
    ]
    lines.append(FILES if any(item.type == "file" for item in items) else NO_FILES)
    sys.stdout.write("\n".join(lines) + "\n")
