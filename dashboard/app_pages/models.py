"""Models: the card of each stored model: task, population, data, figures, limits."""

import streamlit as st

from core import store
from core.config import settings
from dashboard.components.cards import model_card

st.title("Model cards")
found = store.models(settings().models)
if not found:
    st.info("There is no model yet. Train one on the Train page.", icon=":material/model_training:")
    st.stop()
chosen = st.selectbox("Model", found, format_func=lambda model: model.title, key="card_model")
if chosen.card is None:
    st.error(chosen.problem, icon=":material/error:")
else:
    model_card(chosen.card)
