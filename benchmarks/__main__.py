"""Run all benchmarks, or those that are named."""

import sys
from collections.abc import Callable

from benchmarks import drawn_cells, explanations, measuring, networks
from core.config import prepare_environment

BENCHMARKS: dict[str, Callable[[], None]] = {
    "drawn_cells": drawn_cells.run,
    "explanations": explanations.run,
    "measuring": measuring.run,
    "networks": networks.run,
}


def main() -> None:
    """Print one section a benchmark."""
    prepare_environment()
    chosen = sys.argv[1:] or list(BENCHMARKS)
    unknown = sorted(set(chosen) - set(BENCHMARKS))
    if unknown:
        sys.exit(f"Expected names out of {', '.join(BENCHMARKS)}. Received: {', '.join(unknown)}.")
    for name in chosen:
        print(f"\n{name}: {(sys.modules[BENCHMARKS[name].__module__].__doc__ or '').strip()}\n", flush=True)
        BENCHMARKS[name]()


if __name__ == "__main__":
    main()
