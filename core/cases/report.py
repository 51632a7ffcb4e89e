"""`CaseReport`: a case with all that a reader who has nothing else must know of the models that answered."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from core.card import RESEARCH_NOTICE, ModelCard
from core.card_sentences import at_operating_point, described, trained_on
from core.cases.case import Case
from core.certainty import Interval

_NOT_STORED = "No card of this model is stored here, so its training cells and its figures cannot be told."


@dataclass(frozen=True)
class AnsweringModel:
    """A model, at one operating point, that answered for cells of a case.

    Attributes:
        name: Its name.
        sha256: Hash of its file.
        threshold: From which score on a cell was called positive.
        cells: How many cells it answered for.
    """

    name: str
    sha256: str
    threshold: float
    cells: int


@dataclass(frozen=True)
class CaseReport:
    """What a report of a case is written from.

    Attributes:
        case: The case; kept or not.
        card: Of the model that is stored under the name of the one that answered; None where there is none. It is
            `fitting` only if it is of the same file.
        who: Who makes the report.
        intervals: 95 % intervals of the card's test "sensitivity" and "specificity"; None or missing where not known.
        made: When, UTC.
    """

    case: Case
    card: ModelCard | None
    who: str
    intervals: Mapping[str, Interval] = field(default_factory=dict)
    made: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def title(self) -> str:
        """The case's, for people."""
        return self.case.title or "Cells that were uploaded"

    @property
    def models(self) -> tuple[AnsweringModel, ...]:
        """All that answered: first the one that the card is of, at its threshold; then those with the most cells."""
        answers = [cell.answer for cell in self.case.cells]
        count = Counter((answer.model, answer.model_sha256, answer.threshold) for answer in answers)
        found = [AnsweringModel(*model, cells) for model, cells in sorted(count.items())]
        return tuple(sorted(found, key=lambda model: (not self._has_card(model), self._moved(model), -model.cells)))

    @property
    def fitting(self) -> ModelCard | None:
        """The card, if it is of a model that answered."""
        return self.card if any(self._has_card(model) for model in self.models) else None

    @property
    def notice(self) -> tuple[str, ...]:
        """What must stand wherever the answers do, a sentence each."""
        return (RESEARCH_NOTICE, *(() if self.fitting is None else self.fitting.caveats))

    @property
    def note(self) -> str:
        """The notice and what the scores mean, in one text for each row of a table."""
        return " ".join((*self.notice, "" if self.fitting is None else self.fitting.meaning_of_scores)).strip()

    def about_models(self) -> dict[str, str]:
        """What is known of the models, in sentences by a heading each."""
        first, *others = self.models
        return {
            **(self._unknown(first) if self.fitting is None else self._known(self.fitting, first)),
            "SHA-256": first.sha256 or "unknown",
            **({"Other models": " ".join(self._named(model) for model in others)} if others else {}),
        }

    def _known(self, card: ModelCard, model: AnsweringModel) -> dict[str, str]:
        return {
            "Model": f"{card.title}. {described(card)} Made on {card.created[:10]}.",
            "Trained on": f"{trained_on(card)} Source: {card.origin}.",
            "Operating point": at_operating_point(card, self.intervals)
            if not self._moved(model)
            else f"{self._called_from(model)} It was moved to {card.threshold:.2f} since; how well the model did at "
            "the old one is not known here.",
            "Scores": card.meaning_of_scores,
        }

    def _unknown(self, model: AnsweringModel) -> dict[str, str]:
        return {"Model": f"{model.name}. {_NOT_STORED}", "Operating point": self._called_from(model)}

    def _named(self, model: AnsweringModel) -> str:
        cells = f"{model.cells:,} cell{'s' * (model.cells != 1)}"
        hashed = f"SHA-256 {model.sha256[:12] or 'unknown'}"
        return f"{model.name}, {hashed}: {cells}, {self.case.classes[1]} from {model.threshold:.2f}."

    def _called_from(self, model: AnsweringModel) -> str:
        return f"A cell was called {self.case.classes[1]} from a score of {model.threshold:.2f}."

    def _moved(self, model: AnsweringModel) -> bool:
        return self.card is not None and model.threshold != self.card.threshold

    def _has_card(self, model: AnsweringModel) -> bool:
        return self.card is not None and model.sha256 == self.card.model_sha256
