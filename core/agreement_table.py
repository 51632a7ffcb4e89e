"""Tables of what several models say of the same cells, for display and as CSV."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from core.agreement import NO_PROOF, Agreement
from core.calls import Calls
from core.card import RESEARCH_NOTICE, ModelCard
from core.spreadsheet import neutral


def cell_rows(found: Agreement, places: Sequence[int]) -> pd.DataFrame:
    """One row a cell, for display.

    Args:
        found: What the models say.
        places: Of the cells wanted, in the order wanted.

    Returns:
        `cell`, `agreement`, `majority`, and for each model by its name "NAME: class" and "NAME: shown", the calibrated
        probability of the positive class or, where the model was never calibrated, its score.
    """
    chosen = [found.cells[place] for place in places]
    table = _judged(chosen)
    for number, model in enumerate(found.models):
        answers = [cell.answers[number] for cell in chosen]
        table[f"{model.card.name}: class"] = [answer.label or "" for answer in answers]
        table[f"{model.card.name}: shown"] = pd.Series([answer.shown for answer in answers], dtype=float)
    return table


def to_csv(found: Agreement, places: Sequence[int]) -> str:
    """One row a cell with all that each model says of it, and what a reader of the file alone must know.

    Args:
        found: What the models say.
        places: Of the cells wanted, in the order wanted.
    """
    chosen = [found.cells[place] for place in places]
    table = _judged(chosen)
    for number, model in enumerate(found.models):
        card, answers = model.card, [cell.answers[number] for cell in chosen]
        columns: dict[str, Any] = {
            "class": [answer.label or "" for answer in answers],
            f"score for {card.classes[1]}": [answer.probability for answer in answers],
            f"calibrated probability of {card.classes[1]}": [answer.calibrated for answer in answers],
            "threshold": card.threshold,
            "error": [answer.error or "" for answer in answers],
            "model SHA-256": card.model_sha256,
        }
        table = table.assign(**{f"{card.name}: {column}": values for column, values in columns.items()})
    of_each = [f"{model.card.name}: {_note(model.card)}" for model in found.models]
    note = " ".join((RESEARCH_NOTICE, NO_PROOF, *of_each))
    table = table.assign(cell=table["cell"].map(neutral), note=note)
    return str(table.to_csv(index=False, lineterminator="\n"))


def _note(card: ModelCard) -> str:
    return " ".join((*card.caveats, card.meaning_of_scores))


def _judged(cells: Sequence[Calls]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "cell": [cell.name for cell in cells],
            "agreement": [cell.verdict for cell in cells],
            "majority": [cell.majority or "" for cell in cells],
        }
    )
