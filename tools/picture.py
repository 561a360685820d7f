"""Make docs/demo.svg: what `pullsecret demo` prints, as a terminal shows it. Run by `make picture`."""

import io
import os
from pathlib import Path

from rich.console import Console
from rich.text import Text

from pullsecret.cli.invocation import Globals
from pullsecret.cli.output import Output
from pullsecret.cli.session import Session
from pullsecret.cli.story import tell_story

TARGET = Path(__file__).parent.parent / "docs" / "demo.svg"
WIDTH = 116

# rich's own template names a font on a server; a picture in a repository should ask nobody.
TEMPLATE = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<!-- Made by tools/picture.py from a real run of `pullsecret demo`. -->
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
  font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" /></clipPath>{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}<g class="{unique_id}-matrix">{matrix}</g></g>
</svg>
"""


class Terminal(io.StringIO):
    """A stream that takes colours."""

    def isatty(self) -> bool:
        """It shows colours, as a terminal does."""
        return True


def story() -> str:
    """Tell the story and give what a terminal would be sent."""
    stream = Terminal()
    session = Session(Globals(), os.environ, io.StringIO(), stream, io.StringIO())
    session.out = Output(stream, "table", color=True)
    tell_story(session)
    return stream.getvalue().strip()


def main() -> None:
    """Write the picture."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(story()), soft_wrap=False)
    TARGET.write_text(console.export_svg(title="pullsecret demo", code_format=TEMPLATE, unique_id="demo"))


if __name__ == "__main__":
    main()
