"""How commands are declared: lazily loaded, with the global options everywhere, named as they were called."""

import difflib
import importlib
from collections.abc import Callable
from typing import Any

import click

from pullsecret._version import __version__
from pullsecret.cli.invocation import Globals, Invocation
from pullsecret.cli.names import check_secret_name
from pullsecret.cli.words import ABOUT, EXAMPLES, OPTIONS, SECTIONS, SUMMARIES
from pullsecret.core.errors import UsageError

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
OUTPUTS = ("table", "wide", "json", "yaml", "name")
FOR_CI = ("junit", "sarif")
"""Formats of some commands only."""


def option(*names: str, **settings: Any) -> click.Option:
    """Declare an option; its help is the text of its Python name in `words.OPTIONS`."""
    if settings.get("metavar") in ("FILE", "PATH"):
        settings["shell_complete"] = _complete_files
    made = click.Option(names, **settings)
    made.help = OPTIONS[str(made.name)]
    return made


def _complete_files(_: click.Context, __: click.Parameter, incomplete: str) -> Any:
    """Leave it to the shell: it knows the files."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(incomplete, type="file")]


def global_options(outputs: tuple[str, ...] = OUTPUTS) -> list[click.Parameter]:
    """Declare the options that every command takes, before or after its name."""
    return [
        option("-n", "--namespace"),
        option("-A", "--all-namespaces", is_flag=True),
        option("--context"),
        option("--kubeconfig"),
        option("--as", "as_user"),
        option("--as-group", "as_groups", multiple=True),
        option("--request-timeout"),
        _output_option(outputs),
        option("-v", "verbose", count=True),
        option("--no-color", is_flag=True),
    ]


def _output_option(outputs: tuple[str, ...]) -> click.Option:
    made = option("-o", "--output", type=click.Choice(outputs), default="table")
    made.help = (made.help or "").format(outputs=", ".join(outputs))
    return made


def name_argument(*, required: bool = True) -> click.Argument:
    """Declare the name of a Secret; a bad one is refused before anything is read or asked."""
    return click.Argument(["name"], required=required, callback=_secret_name)


def _secret_name(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value is not None:
        check_secret_name(value)
    return value


def dry_run_option(*modes: str) -> click.Parameter:
    """Declare `--dry-run[=MODE]`; alone it means the first mode."""
    made = option(
        "--dry-run", type=click.Choice(("none", *modes)), default="none", is_flag=False, flag_value=modes[0]
    )
    if modes == ("server",):
        made.help = OPTIONS["server_dry_run"]
    return made


def server_dry_run() -> click.Parameter:
    """Declare `--dry-run` of commands that read the cluster to know what to write: the server checks it."""
    return dry_run_option("server")


GLOBAL_NAMES = frozenset(Globals.__slots__)


class Command(click.Command):
    """A command whose callback gives an `Operation`; invoking it gives an `Invocation`.

    `everywhere` says that it can look at all namespaces at once, `outputs` which formats it knows.
    """

    def __init__(
        self,
        name: str,
        callback: Callable[..., Any],
        params: list[click.Parameter],
        *,
        everywhere: bool = False,
        outputs: tuple[str, ...] = OUTPUTS,
    ) -> None:
        examples = "\n".join(f"  {line}" for line in EXAMPLES[name])
        super().__init__(
            name,
            callback=callback,
            params=[*params, *global_options(outputs)],
            help=f"{SUMMARIES[name]}.",
            short_help=SUMMARIES[name],
            epilog=examples,
            context_settings=CONTEXT,
        )
        self.everywhere, self._outputs = everywhere, outputs

    def invoke(self, ctx: click.Context) -> Any:
        """Take the global options out and join them with those before the command's name."""
        mine = {name: ctx.params.pop(name) for name in list(ctx.params) if name in GLOBAL_NAMES}
        above = ctx.parent.params if ctx.parent else {}
        shared = Globals(**mine).over(above)
        shared.check(everywhere=self.everywhere)
        if shared.output not in self._outputs:  # given before the command's name, where all are known
            raise UsageError(
                f"{self.name} does not print {shared.output}", hint=f"-o {', '.join(self._outputs)}"
            )
        return Invocation(shared, super().invoke(ctx))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the command's own options first, the global ones apart."""
        rows: dict[str, list[tuple[str, str]]] = {"Options": [], "Global options": []}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx) if isinstance(param, click.Option) else None
            if record:
                rows["Global options" if param.name in GLOBAL_NAMES else "Options"].append(record)
        for title, records in rows.items():
            if records:
                with formatter.section(title):
                    formatter.write_dl(records, col_max=36)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the examples as they are, under the name the program was called by."""
        me = ctx.find_root().info_name or "pullsecret"
        with formatter.section("Examples"):
            formatter.write((self.epilog or "").replace("{me}", me) + "\n")


class Root(click.Group):
    """All commands, each imported when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in the order of the help."""
        return [name for names in SECTIONS.values() for name in names]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of a command."""
        if cmd_name not in SUMMARIES:
            return None
        module = importlib.import_module(f"pullsecret.cli.commands.{cmd_name}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one was meant."""
        name = args[0]
        if name not in SUMMARIES:
            near = difflib.get_close_matches(name, SUMMARIES, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"see {ctx.info_name} --help"
            raise click.UsageError(f"there is no command {name!r}; {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show the commands by subject; their modules are not imported for it."""
        for title, names in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name, SUMMARIES[name]) for name in names])


def root() -> Root:
    """Build the command line."""
    made = Root(
        name="pullsecret", help=ABOUT, params=global_options((*OUTPUTS, *FOR_CI)), context_settings=CONTEXT
    )
    made.params.append(
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            help="Show the version",
            callback=_version,
        )
    )
    return made


def _version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        click.echo(f"pullsecret {__version__}")
        ctx.exit()
