"""What a training was estimated to cost against what it cost, in core time and peak memory, each in its own process."""

import json
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np

from benchmarks import people
from core import networks
from core.budget import LIBRARIES_GB, estimate
from core.config import prepare_environment
from core.cost import measured_cost
from core.hyperparameters import TrainingConfig
from core.training import train

SHARE = 0.4  # of the training subjects: short trainings
TRAININGS = (
    TrainingConfig(image_size=96, epochs=3, subjects_share=SHARE),
    TrainingConfig(image_size=200, epochs=1, subjects_share=SHARE),
    TrainingConfig("baseline-cnn", image_size=128, epochs=2, batch_size=64, subjects_share=SHARE),
    TrainingConfig("mobilenet-v2", image_size=96, epochs=2, batch_size=16, subjects_share=SHARE),
)


def run() -> None:
    """Print estimated and measured cost of each training, their ratios, and the memory of the libraries alone."""
    alone = _in_a_process("libraries", None)["gigabytes"]
    print(f"libraries and the smallest network: {alone:.2f} GB (counted as {LIBRARIES_GB} GB)", flush=True)
    for config in TRAININGS:
        found = {what: _in_a_process(what, config) for what in ("estimate", "training")}
        ratio = {name: found["training"][name] / found["estimate"][name] for name in ("minutes", "gigabytes")}
        print(
            f"{config.architecture}, {config.image_size} px, batches of {config.batch_size}, {config.epochs} epochs: "
            f"estimated {60 * found['estimate']['minutes']:.0f} s of a core and "
            f"{found['estimate']['gigabytes']:.2f} GB, "
            f"measured {60 * found['training']['minutes']:.0f} s and {found['training']['gigabytes']:.2f} GB; "
            f"measured over estimated {ratio['minutes']:.2f} and {ratio['gigabytes']:.2f}",
            flush=True,
        )


def _in_a_process(what: str, config: TrainingConfig | None) -> dict[str, float]:
    fields = json.dumps(asdict(config) if config else {})
    command = [sys.executable, "-m", "benchmarks.costs", what, fields]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return dict(json.loads(printed.splitlines()[-1]))


def _measure(what: str, config: TrainingConfig) -> dict[str, float]:
    """What this process, which has done nothing else, was asked for."""
    if what == "libraries":
        network = networks.build(networks.DEFAULT, (48, 48, 3))
        network.compile(optimizer="adam", loss="binary_crossentropy")
        network.train_on_batch(np.zeros((8, 48, 48, 3), dtype=np.float32), np.arange(8) % 2)
        return {"gigabytes": _peak()}
    dataset = people.drawn().dataset
    if what == "estimate":
        found = estimate(dataset, config, measured_cost(dataset, config, clock=time.process_time))
        return {"minutes": found.minutes, "gigabytes": found.gigabytes}
    started = time.process_time()
    train(dataset, config, name="costs")
    return {"minutes": (time.process_time() - started) / 60, "gigabytes": _peak()}


def _peak() -> float:
    """Largest memory of this process so far, mapped pages included, in 1e9 bytes."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024 / 1e9


if __name__ == "__main__":
    prepare_environment()
    print(json.dumps(_measure(sys.argv[1], TrainingConfig(**json.loads(sys.argv[2])))))
