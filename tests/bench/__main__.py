"""Run the benches that are named, or all: `python -m tests.bench [NAME…]`.

Every module beside this one is a bench: its `run()` prints lines, or gives them back to be printed. Exits
with 1 where a limit was missed.
"""

import importlib
import pkgutil
import sys

import tests.bench

BENCHES = [
    module.name for module in pkgutil.iter_modules(tests.bench.__path__) if not module.name.startswith("_")
]


def main(names: list[str]) -> int:
    """Run them one after the other: a busy machine spoils ratios."""
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        sys.stderr.write(f"there is no bench {', '.join(unknown)}; there are: {', '.join(BENCHES)}\n")
        return 2
    missed = False
    for name in names or BENCHES:
        bench = importlib.import_module(f"tests.bench.{name}")
        summary, _, _ = (bench.__doc__ or "").partition("\n")
        sys.stdout.write(f"{name}: {summary}\n")
        sys.stdout.flush()
        try:
            for line in bench.run() or ():
                sys.stdout.write(f"  {line}\n")
        except tests.bench.Missed as error:
            sys.stdout.write(f"  missed: {error}\n")
            missed = True
        sys.stdout.flush()
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
