"""What do the gates stop: drawn pictures that are no cells, libraries' sample pictures, drawn cells and real ones?"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from benchmarks import hostile, people
from core import gate_fitting, store
from core.classifier import Classifier
from core.config import settings
from core.data import pixels
from core.data.dataset import CellDataset
from core.data.demo import write_demo
from core.data.hashing import hashed
from core.data.index import index
from core.data.quality import quality
from core.data.segmentation import segment
from core.errors import UnreadableImage
from core.gates.appearance import APPEARANCE, appearance
from core.gates.before_model import FALSE_ALARMS, sides, unreadable
from core.gates.finding import GATES, Finding, stopped
from core.gates.gates import Gates, examine
from core.gates.limits import by_subject, fitted_limits, upper_quantile
from core.gates.training_range import fitted_range
from core.types import ByteArray, FloatArray

CELLS, SUBJECTS, DATA_SEED = 4800, 96, 1  # of `make demo-model`
EVERY = 24  # test cells between two that hostile pictures are drawn from
SEED = 0
NEIGHBOURS = (10, 50)


def run() -> None:
    """Fit the gates of the demo model, and print what they stop, as a table for docs/gates.md."""
    place = settings()
    dataset = hashed(
        index(write_demo(place.data / "demo-model", cells=CELLS, subjects=SUBJECTS, seed=DATA_SEED)), cache=place.cache
    )
    model = store.network(place.models, store.DEMO)
    gates = gate_fitting.fitted(model, dataset)
    print(f"gates of {model.card.name}, as its card would hold them:\n{gates.settings()}\n")
    groups = dict(_groups(_side(dataset, model, "test")[::EVERY]))
    real = people.real()
    if real is not None:
        groups["C-NMC: real cells"] = [file.read_bytes() for file in real.files]
        _defaults(groups["C-NMC: real cells"], real.person.to_numpy(dtype=np.str_))
    _table(groups, gates, model)
    _distances(groups, dataset, model)


def _side(dataset: CellDataset, model: Classifier, side: str) -> list[bytes]:
    cells = dataset.labelled[dataset.labelled["subject"].isin(model.card.subjects[side])]
    return [dataset.file(path).read_bytes() for path in cells["path"]]


def _groups(files: Sequence[bytes]) -> Iterator[tuple[str, list[bytes]]]:
    """Files by kind and way, drawn from these cells' files."""
    cells = [pixels.decode(data) for data in files]
    for way, found in hostile.no_images(cells, seed=SEED):
        yield f"no image: {way}", found
    for kind, ways in hostile.HOSTILE.items():
        for way, pictures in hostile.drawn(ways, cells, seed=SEED):
            yield f"{kind}: {way}", [hostile.encoded(picture) for picture in pictures]
    for name, found in hostile.samples().items():
        yield f"sample pictures: {name}", found
    for way, pictures in hostile.drawn(hostile.CONTROLS, cells, seed=SEED):
        yield f"drawn cells: {way}", [hostile.encoded(picture) for picture in pictures]


def _table(groups: dict[str, list[bytes]], gates: Gates, model: Classifier) -> None:
    """Print how many pictures of each kind each gate stops."""

    def seen(image: ByteArray) -> tuple[FloatArray, float]:
        vectors, scores = model.seen(model.prepare(image)[np.newaxis])
        return vectors[0], float(scores[0])

    print(f"| pictures | | {' | '.join(GATES)} | class shown |")
    print("| --- | ---: |" + " ---: |" * (len(GATES) + 1))
    for name, files in groups.items():
        stops = Counter(found.gate if (found := stopped(_findings(data, gates, seen))) else "" for data in files)
        print(f"| {name} | {len(files)} | {' | '.join(str(stops[gate] or '·') for gate in (*GATES, ''))} |", flush=True)


def _findings(data: bytes, gates: Gates, seen: Callable[[ByteArray], tuple[FloatArray, float]]) -> tuple[Finding, ...]:
    try:
        return examine(pixels.decode(data), gates, seen)
    except UnreadableImage as error:
        return unreadable(str(error))


def _defaults(files: Sequence[bytes], person: npt.NDArray[np.str_]) -> None:
    """Print the limits that the real cells set, and how many of a left-out person's cells such limits stop."""
    values = np.array([_appearance(pixels.decode(data)) for data in files])
    found = fitted_limits(values, person, sides(), false_alarms=FALSE_ALARMS)
    print(f"default limits, from {found.cells} real cells of {found.subjects} persons:\n{found.low}\n{found.high}")
    outside = 0
    for one in np.unique(person):
        without = fitted_limits(values[person != one], person[person != one], sides(), false_alarms=FALSE_ALARMS)
        rows = values[person == one]
        outside += sum(without.outside(dict(zip(APPEARANCE, row, strict=True))) is not None for row in rows)
    print(f"cells outside the limits that the other persons set: {outside} of {len(values)}\n")


def _appearance(image: ByteArray) -> list[float]:
    found = segment(image)
    return list(appearance(image, found, quality(image, found)).values())


def _distances(groups: dict[str, list[bytes]], dataset: CellDataset, model: Classifier) -> None:
    """Print which share of each kind lies beyond the limit of three distances that have the same false alarms."""
    cells = dataset.labelled[dataset.labelled["subject"].isin(model.card.subjects["train"])]
    subject = cells["subject"].to_numpy(dtype=np.str_)
    train = model.seen(pixels.read([dataset.file(path) for path in cells["path"]], model.card.preprocessing))[0]
    cloud = fitted_range(train, subject)
    measures: dict[str, tuple[Callable[[FloatArray], FloatArray], float]] = {
        "Mahalanobis": (cloud.distance, cloud.limit),
        **{f"{count} neighbours": _neighbours(train, subject, count) for count in NEIGHBOURS},
    }
    for side in ("validation", "test"):
        groups = {**groups, f"drawn cells: all of {side}": _side(dataset, model, side)}
    print("\nShare beyond the limit alone, whatever the other gates say; limits from training subjects alone:\n")
    print(f"| pictures | {' | '.join(measures)} |")
    print("| --- |" + " ---: |" * len(measures))
    for name, files in groups.items():
        images = [image for data in files if (image := _decoded(data)) is not None]
        if images:
            vectors = model.seen(np.stack([model.prepare(image) for image in images]))[0]
            shares = (f"{np.mean(distance(vectors) > limit):.0%}" for distance, limit in measures.values())
            print(f"| {name} | {' | '.join(shares)} |", flush=True)


def _neighbours(
    train: FloatArray, subject: npt.NDArray[np.str_], count: int
) -> tuple[Callable[[FloatArray], FloatArray], float]:
    """Distance to the n-th nearest training cell in standardised numbers, and its limit over folds of subjects.

    Source:
        Sun et al. 2022, https://arxiv.org/abs/2204.06507, here without scaling each vector to unit length.
    """
    from sklearn.neighbors import NearestNeighbors

    def fitted(cells: FloatArray) -> Callable[[FloatArray], FloatArray]:
        centre, spread = cells.mean(axis=0), np.maximum(cells.std(axis=0), 1e-6)
        search = NearestNeighbors(n_neighbors=count).fit((cells - centre) / spread)
        return lambda vectors: np.asarray(search.kneighbors((vectors - centre) / spread)[0][:, -1])

    apart = np.empty(len(train))
    for learned, unseen in by_subject(subject):
        apart[unseen] = fitted(train[learned])(train[unseen])
    return fitted(train), upper_quantile(apart, 0.05)


def _decoded(data: bytes) -> ByteArray | None:
    try:
        return pixels.decode(data)
    except UnreadableImage:
        return None
