"""The documents keep their word: examples run, commands parse, tables agree with the code, links lead on."""

import doctest
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from pullsecret import DockerConfig, ImageReference, Keyring
from pullsecret.cli.invocation import Invocation
from pullsecret.cli.parser import root
from pullsecret.core.causes import Cause

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "pullsecret"
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
PAGES += sorted((ROOT / "docs").glob("*.md"))
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROGRAMS = (["pullsecret"], ["kubectl", "pull-secret"])


def fences(page: Path, language: str) -> list[str]:
    """Give the text of the fenced blocks in a language."""
    return [text for found, text in FENCE.findall(page.read_text()) if found == language]


def typed_lines(page: Path) -> Iterator[str]:
    """Give what a reader would type: all of a script, and what stands behind the prompts of a session."""
    for language, prompt in (("sh", ""), ("console", "$ ")):
        for text in fences(page, language):
            lines = re.sub(r"\\\n\s*", "", text).splitlines()
            yield from (line.removeprefix(prompt) for line in lines if line.startswith(prompt))


def simple_commands(line: str) -> Iterator[list[str]]:
    """Split a shell line into simple commands, without redirections and assignments."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.wordchars += "$@%…{}:,+!^"
    words: list[str] = []
    skip = False
    for token in lexer:
        if set(token) <= set("|&;()<>"):
            skip = token in {"<", ">", ">>"}
            if not skip:
                yield words
                words = []
        elif skip:
            skip = False
        elif words or not re.fullmatch(r"\w+=.*", token):
            words.append(token)
    yield words


def our_arguments(words: list[str]) -> list[str] | None:
    """Give the arguments where a command is one of ours."""
    return next((words[len(name) :] for name in PROGRAMS if words[: len(name)] == name), None)


def our_lines() -> Iterator[object]:
    for page in PAGES:
        found = dict.fromkeys(
            shlex.join(arguments)
            for line in typed_lines(page)
            for words in simple_commands(line)
            if (arguments := our_arguments(words)) is not None
        )
        yield from (pytest.param(line, id=f"{page.name}: {line}") for line in found)


@pytest.mark.parametrize("line", list(our_lines()))
def test_a_command_in_a_block_parses(line, capsys):
    parsed = root().main(shlex.split(line), prog_name="pullsecret", standalone_mode=False)
    assert isinstance(parsed, Invocation) or capsys.readouterr().out


def options_of(command: click.Command) -> set[str]:
    return {name for param in command.params for name in (*param.opts, *param.secondary_opts)} | {
        "--help",
        "-h",
    }


def all_options() -> set[str]:
    group = root()
    context = click.Context(group)
    commands = [group.get_command(context, name) for name in group.list_commands(context)]
    return options_of(group).union(*(options_of(command) for command in commands if command))


def spans() -> Iterator[object]:
    for page in PAGES:
        text = FENCE.sub("", page.read_text())
        found = dict.fromkeys(re.findall(r"(?<!`)`(?:kubectl pull-secret|pullsecret) ([^`]+)`(?!`)", text))
        yield from (pytest.param(span, id=f"{page.name}: {span}") for span in found)


@pytest.mark.parametrize("span", list(spans()))
def test_a_command_in_a_sentence_exists_with_its_options(span):
    group = root()
    name, *words = span.replace("\\|", "|").split()
    if name.startswith("-"):
        assert name in options_of(group)
        return
    command = group.get_command(click.Context(group), name)
    assert command is not None, name
    used = {word.partition("=")[0].rstrip("]…") for word in words if word.startswith("-") and word != "-"}
    assert used <= options_of(command)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_an_option_in_a_sentence_exists(page):
    text = FENCE.sub("", page.read_text())
    used = {option.partition("=")[0] for option in re.findall(r"(?<!`)`(--[a-z][a-z-]*)", text)}
    assert used <= all_options()


def test_the_readme_names_the_commands_that_take_all_namespaces():
    text = (ROOT / "README.md").read_text()
    table = text.partition("## Commands")[2].partition("All take")[0]
    told = set(re.findall(r"^\| `(\w+)|, `(\w+)", table, re.MULTILINE))
    commands = {name for pair in told for name in pair if name}
    sentence = re.search(r"((?:`\w+`(?:, | and )?)+) also take `-A`", text)
    assert sentence is not None
    group = root()
    taking = {name for name in commands if group.get_command(click.Context(group), name).everywhere}
    assert set(re.findall(r"\w+(?=`)", sentence[1])) == taking


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_link_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", page.read_text())):
        name, _, anchor = target.partition("#")
        if "://" in target:
            continue
        file = (page.parent / name) if name else page
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), target


def anchors(page: Path) -> set[str]:
    """Give the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_examples_of_the_library_run():
    page = ROOT / "docs" / "library.md"
    examples = "\n".join(fences(page, "pycon"))
    test = doctest.DocTestParser().get_doctest(examples, {}, page.name, str(page), 0)
    assert len(test.examples) > 10
    said: list[str] = []
    results = doctest.DocTestRunner(optionflags=doctest.IGNORE_EXCEPTION_DETAIL).run(test, out=said.append)
    assert results.failed == 0, "".join(said)


def cells(page: str, columns: int) -> Iterator[list[str]]:
    """Give the rows of the page's tables that have so many columns, without backticks."""
    for line in (ROOT / "docs" / page).read_text().splitlines():
        row = [cell.strip().strip("`") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(row) == columns and not set(row[0]) <= set("-: "):
            yield row


def matching_rows() -> Iterator[object]:
    for key, image, matches, _ in cells("matching.md", 4):
        if matches.startswith(("yes", "no")):
            yield pytest.param(key, image, matches, id=f"{key} {image}")


@pytest.mark.parametrize(("key", "image", "matches"), list(matching_rows()))
def test_the_table_of_matches_is_what_the_keyring_says(key, image, matches):
    keyring = Keyring.from_configs([("page", DockerConfig.empty().with_entry(key, "u", "p"))])
    repository = ImageReference.parse(image).repository
    misses = [miss.reason.value for miss in keyring.near_misses(repository)]
    said = "yes" if keyring.lookup(repository) else f"no: {misses[0]}" if misses else "no"
    assert matches == said


def test_the_table_of_causes_is_what_registries_can_give():
    modules = [*(SOURCE / "registry").glob("*.py"), SOURCE / "app" / "proof.py"]
    modules += [SOURCE / "core" / f"{n}.py" for n in ("manifests", "registryflow", "tokens", "verdicts")]
    names = {name for module in modules for name in re.findall(r"\bCause\.([A-Z_]+)", module.read_text())}
    given = {Cause(row[0]) for row in cells("registries.md", 3) if row[0] in set(Cause)}
    assert given == {Cause[name] for name in names} - {Cause.UNKNOWN} | {Cause.PLATFORM_MISMATCH}


def test_the_kinds_of_reports_are_those_of_the_program():
    modules = (SOURCE / "cli").rglob("*.py")
    kinds = {k for module in modules for k in re.findall(r"\.report\(\s*\"(\w+)\"", module.read_text())}
    headings = set(re.findall(r"^### (\w+)$", (ROOT / "docs" / "output.md").read_text(), re.MULTILINE))
    assert headings
    assert headings <= kinds


TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def promises() -> Iterator[object]:
    for line in (ROOT / "docs" / "promises.md").read_text().splitlines():
        row = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(row) == 2 and row[0] != "promise" and not set(row[0]) <= set("-"):
            yield pytest.param(row[1], id=row[0])


@pytest.mark.parametrize("tests", list(promises()))
def test_a_promise_is_held_by_tests_that_there_are(tests):
    named = TEST.findall(tests)
    assert named, "it has none"
    assert TEST.sub("", tests).strip(" ,") == "", "something there is no test"
    for file, name in named:
        text = (ROOT / file).read_text()
        assert re.search(rf"^ *(async )?def {name}\(", text, re.MULTILINE), f"{file} has no {name}"


def test_the_page_has_promises():
    assert len(list(promises())) > 30


REAL = re.compile(r"\b(real|make e2e).{0,12}\b(cluster|API\s+server|kubelet|runs|e2e)\b", re.DOTALL)


@pytest.mark.parametrize(
    "page", [page for page in PAGES if REAL.search(page.read_text())], ids=lambda page: page.name
)
def test_who_tells_of_a_real_cluster_says_which(page):
    assert re.search(r"Kubernetes\s1\.20", page.read_text())
