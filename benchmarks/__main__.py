"""Run all benchmarks, or those that are named."""

import sys
from importlib import import_module

from core.config import prepare_environment

BENCHMARKS = (
    "calibration",
    "comparison",
    "costs",
    "crop",
    "dashboard",
    "drawn_cells",
    "explanations",
    "folds",
    "gates",
    "indexing",
    "likeness",
    "mapping",
    "measuring",
    "networks",
    "stain",
    "suspects",
    "training",
    "upload",
)


def main() -> None:
    """Print one section a benchmark."""
    prepare_environment()
    chosen = sys.argv[1:] or BENCHMARKS
    unknown = sorted(set(chosen) - set(BENCHMARKS))
    if unknown:
        sys.exit(f"Expected names out of {', '.join(BENCHMARKS)}. Received: {', '.join(unknown)}.")
    for name in chosen:
        module = import_module(f"benchmarks.{name}")  # here, since processes that benchmarks start import this file too
        print(f"\n{name}: {(module.__doc__ or '').strip()}\n", flush=True)
        module.run()


if __name__ == "__main__":
    main()
