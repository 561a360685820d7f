"""Draws `docs/growth.svg`: how time, memory and requests of the operator grow, from a run of the bench.

Made by `make growth`. A plotting library would be ten times the size of all that this project installs, for
three lines of three points.
"""

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.bench.growth import COUNTS, Grown, measure, told

TARGET = Path(__file__).parents[1] / "docs" / "growth.svg"
WIDTH, HEIGHT, LEFT, TOP = 250, 170, 52, 58
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #57606a }
.title { font-weight: 600; fill: #24292f }
.value { fill: #24292f }
.axis { stroke: #d0d7de }
.ours { stroke: #0969da; fill: none; stroke-width: 2 }
.dot { fill: #0969da }
.bare { stroke: #8c959f; fill: none; stroke-dasharray: 4 3 }
rect { fill: #ffffff }
"""


def main() -> None:
    """Measure each size, print it, draw all."""
    grown = []
    for count in COUNTS:
        grown.append(asyncio.run(measure(count)))
        sys.stdout.write(told(grown[-1]) + "\n")
        sys.stdout.flush()
    TARGET.write_text(drawn(grown))


def drawn(grown: list[Grown]) -> str:
    """Draw three panels beside each other."""
    panels = [
        panel(0, "time until all have it, s", [g.seconds for g in grown], [g.bare for g in grown]),
        panel(1, "peak memory, MB", [g.megabytes for g in grown], []),
        panel(2, "requests to the API server", [float(g.requests) for g in grown], []),
    ]
    width = 3 * (WIDTH + LEFT) + 20
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT + TOP + 48}" role="img" '
        f'aria-label="Growth of the operator with the namespaces">\n<!-- Made by tools/growth.py -->\n'
        f"<style>{STYLE}</style>\n<rect width='100%' height='100%'/>\n"
        f'<text class="title" x="12" y="22">The operator with 1,000, 3,000 and 10,000 namespaces, on the '
        f"sandbox (dashed: the bare requests)</text>\n" + "\n".join(panels) + "\n</svg>\n"
    )


def panel(position: int, title: str, values: list[float], bare: list[float]) -> str:
    """Draw one line of points over the number of namespaces."""
    x0, y0 = LEFT + position * (WIDTH + LEFT), TOP + HEIGHT
    top = max(values + bare) * 1.15

    def at(count: int, value: float) -> tuple[float, float]:
        return x0 + count / COUNTS[-1] * (WIDTH - 30), y0 - value / top * HEIGHT

    def line(of: list[float], kind: str) -> str:
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(at, COUNTS, of))
        return f'<polyline class="{kind}" points="{points}"/>'

    parts = [
        f'<text class="title" x="{x0 - 40}" y="{TOP - 12}">{title}</text>',
        f'<path class="axis" d="M{x0} {TOP} V{y0} H{x0 + WIDTH - 20}" fill="none"/>',
        line(values, "ours"),
        *([line(bare, "bare")] if bare else []),
    ]
    for count, value in zip(COUNTS, values, strict=True):
        x, y = at(count, value)
        text = f"{value:,.0f}" if value >= 20 else f"{value:.1f}"
        parts.append(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>')
        parts.append(f'<text class="value" x="{x - 4:.1f}" y="{y - 9:.1f}" text-anchor="end">{text}</text>')
        label = f"{count // 1000},000"
        parts.append(f'<text x="{x:.1f}" y="{y0 + 18}" text-anchor="middle">{label}</text>')
    parts.append(f'<text x="{x0 + WIDTH - 30}" y="{y0 + 36}" text-anchor="end">namespaces</text>')
    return "\n".join(parts)


if __name__ == "__main__":
    main()
