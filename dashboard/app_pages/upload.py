"""Upload: cells in, answers with overlays out."""

import streamlit as st

from core import store
from core.card_sentences import at_operating_point, described
from core.config import settings
from dashboard import resources, state
from dashboard.components.agreement import others, several_models
from dashboard.components.answers import answered_of, answers, summary, table
from dashboard.components.case_views import CASE_VIEWS, SHEET, case_view, chosen_view
from dashboard.components.cell_cards import cell_cards
from dashboard.components.intake import chosen_cells, dropped, notes, read_on, stopped_notice
from dashboard.components.keep_case import keep_case
from dashboard.components.notice import caveats, problems_shown

CELLS, SEVERAL, TABLE = "Cells", "Several models", "Table"
UPLOAD_VIEWS = (CELLS, *reversed(CASE_VIEWS), SEVERAL, TABLE)

st.title("Is this cell leukemic?")
usable = {model.name: model.card for model in store.models(settings().models) if model.card is not None}
if not usable:
    st.info("There is no model yet. Train one on the Train page.", icon=":material/model_training:")
    st.stop()
left, right = st.columns([3, 2])
with left, problems_shown():
    batch = dropped()
default = store.default(settings().models)
name = right.selectbox(
    "Model",
    sorted(usable, key=lambda key: key != default),  # the default first; the others stay in order
    format_func=lambda key: usable[key].title,
    key=state.UPLOAD_MODEL,
    persist_state="session",
)
card = usable[name]
drawn = " of drawn cells" if card.drawn else ""
tested = f"ROC AUC {card.test['roc_auc']:.2f} on {len(card.subjects['test'])} test {card.split_by}s{drawn}"
right.caption(f"{described(card)} Trained on: {card.origin} · {tested}. {card.meaning_of_scores}")
with problems_shown():
    intervals = resources.intervals(name)
right.caption(at_operating_point(card, intervals))
caveats(card)
if batch is None:
    st.info(
        "Drop one or more images above. They stay in memory and are gone when you close the page; the audit log keeps "
        "each file's hash and its answer, no name and no picture. Best is one cell a picture, cut out on black as in "
        "C-NMC; in pictures of a smear the cells are found and cut out.",
        icon=":material/upload_file:",
    )
    st.stop()
with problems_shown():
    read_on(batch)
    notes(batch.read)
    cells = chosen_cells(batch)
    classifier = resources.classifier(name)
    found = answers(classifier, batch, cells)
shown = answered_of(cells, classifier, batch)
stopped_notice(batch, cells, answered=len(found))
if not cells:
    st.info("No cell is chosen. Choose one above by its number.", icon=":material/touch_app:")
if not found:
    st.stop()
view = chosen_view(state.UPLOAD_VIEW, UPLOAD_VIEWS)
if view not in CASE_VIEWS:
    summary(found, classifier)
if view == CELLS:
    cell_cards(shown, found, classifier, batch)
elif view == SEVERAL:
    with problems_shown():
        several_models(batch, cells, name)
elif view == TABLE:
    table(shown, found, classifier)
else:
    with problems_shown():
        opened = resources.case_of_batch(batch, shown, found, classifier.card)
    case_view(
        opened,
        view,
        key=batch.key,
        widget=state.UPLOAD_VIEW,
        others=others(batch, shown, name),
    )
    if view == SHEET:
        keep_case(opened, batch, classifier.card, who=state.who())
