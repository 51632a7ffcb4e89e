"""`History`: the comparisons that were made, kept in the database with every score."""

import hashlib
import math
import zlib
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from core.caveats import caveats
from core.comparison import Comparison
from core.database import ComparisonRow, opened, transaction
from core.disagreement import complete
from core.errors import DataError
from core.estimators import BASELINES
from core.features.sets import feature_set
from core.protocol import PROTOCOLS

_LONGEST = 200  # characters of a title or a name


@dataclass(frozen=True)
class Best:
    """The model with the highest ROC AUC of a comparison, among those that were tested on all cells.

    Attributes:
        model: Its name.
        roc_auc: Its area, in [0, 1].
        interval: 95 % interval of the area; None with too few persons for one.
    """

    model: str
    roc_auc: float
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class Entry:
    """A comparison that is kept, without its scores.

    Attributes:
        id: Id of the job that made it.
        created: When it was made, UTC.
        who: Who asked for it.
        title: What people know it by.
        origin: Whose cells they are.
        data_fingerprint: Fingerprint of the labelled cells.
        split_by: "subject" or "cell".
        protocol: A key of `core.protocol.PROTOCOLS`.
        features: What the classical models saw.
        seed: Of the splits and the models.
        models: All that were compared, the baselines included.
        versions: Library versions.
        best: None where no model was tested.
        sha256: SHA-256 of all that it holds: a comparison that is written again has another one.
    """

    id: str
    created: datetime
    who: str
    title: str
    origin: str
    data_fingerprint: str
    split_by: str
    protocol: str
    features: str
    seed: int
    models: tuple[str, ...]
    versions: dict[str, str]
    best: Best | None
    sha256: str

    @property
    def stamps(self) -> tuple[str, ...]:
        """What must stand beside its name, such as "drawn cells"."""
        return tuple(caveats(self.origin, self.split_by))

    @property
    def summary(self) -> str:
        """When, how and of what, in one line for people."""
        protocol = {str(key): title for key, title in PROTOCOLS.items()}.get(self.protocol, self.protocol)
        count = len(set(self.models) - set(BASELINES))
        parts = [
            f"{self.created:%Y-%m-%d %H:%M} UTC",
            protocol.partition(":")[0],
            _features(self.features),
            self.origin,
            f"{count} model{'s' * (count != 1)}",
            *self.stamps,
        ]
        return " · ".join(parts)


class History:
    """The table of comparisons, safe to share between threads; each method is one short transaction."""

    def __init__(self, url: str) -> None:
        self._engine = opened(url)

    def _session(self) -> AbstractContextManager[Session]:
        return transaction(self._engine, "comparisons")

    def add(
        self, comparison_id: str, comparison: Comparison, *, title: str, who: str, created: datetime | None = None
    ) -> None:
        """Keep a comparison; an earlier one of the same id is replaced.

        Args:
            comparison_id: Id of the job that made it, up to 32 characters.
            comparison: With all its scores.
            title: What people will know it by.
            who: Who asked for it.
            created: When it was made; now if None.

        Raises:
            JobError: If the database does not answer.
        """
        document = comparison.to_json().encode()
        columns = {
            "created": created or datetime.now(UTC),
            "who": who[:_LONGEST],
            "title": title[:_LONGEST],
            "origin": comparison.origin,
            "data_fingerprint": comparison.data_fingerprint,
            "split_by": comparison.split_by,
            "protocol": comparison.plan.protocol,
            "features": comparison.features,
            "seed": comparison.seed,
            "models": list(comparison.plan.compared),
            "versions": dict(comparison.versions),
            "best": _best(comparison),
            "document": zlib.compress(document),
            "sha256": hashlib.sha256(document).hexdigest(),
        }
        with self._session() as session:
            session.execute(delete(ComparisonRow).where(ComparisonRow.id == comparison_id))
            session.execute(insert(ComparisonRow).values(id=comparison_id, **columns))

    def all(self) -> list[Entry]:
        """All that are kept, newest first; their scores are not read.

        Raises:
            JobError: If the database does not answer.
        """
        columns = [column for column in ComparisonRow.__table__.columns if column.name != "document"]
        wanted = select(*columns).order_by(ComparisonRow.created.desc(), ComparisonRow.id)
        with self._session() as session:
            return [_entry(dict(row)) for row in session.execute(wanted).mappings()]

    def read(self, comparison_id: str) -> Comparison:
        """One of them, with all its scores.

        Raises:
            DataError: If there is none of this id, or it is damaged.
            JobError: If the database does not answer.
        """
        with self._session() as session:
            found = session.scalars(select(ComparisonRow.document).where(ComparisonRow.id == comparison_id)).first()
        if found is None:
            raise DataError(f"Expected the id of a comparison that is kept. Received: {comparison_id}.")
        try:
            return Comparison.from_json(zlib.decompress(found).decode())
        except (zlib.error, UnicodeDecodeError) as error:
            raise DataError(f"Expected a comparison. Received: a damaged one ({error}).") from error

    def remove(self, comparison_id: str) -> None:
        """Forget one of them; nothing happens where there is none of this id.

        Raises:
            JobError: If the database does not answer.
        """
        with self._session() as session:
            session.execute(delete(ComparisonRow).where(ComparisonRow.id == comparison_id))


def _features(name: str) -> str:
    """What people know a feature set by; its name where another version knew it."""
    try:
        return feature_set(name).title
    except ValueError:
        return name


def _best(comparison: Comparison) -> dict[str, Any] | None:
    tested = [row for row in complete(comparison.rows) if math.isfinite(row.figures.get("roc_auc", math.nan))]
    if not tested:
        return None
    row = max(tested, key=lambda row: row.figures["roc_auc"])
    return {"model": row.model, "roc_auc": row.figures["roc_auc"], "interval": row.intervals.get("roc_auc")}


def _entry(columns: dict[str, Any]) -> Entry:
    best, models = columns.pop("best"), tuple(columns.pop("models"))
    return Entry(**columns, models=models, best=None if best is None else _read_best(best))


def _read_best(fields: dict[str, Any]) -> Best:
    interval: Sequence[float] | None = fields["interval"]
    return Best(fields["model"], fields["roc_auc"], None if interval is None else (interval[0], interval[1]))
