"""The engine of jobs, one for all sessions."""

import streamlit as st

from core.config import settings
from core.jobs import JobEngine


@st.cache_resource(max_entries=1, show_spinner=False)
def jobs() -> JobEngine:
    """The engine that runs trainings and comparisons; its cluster starts with the first job."""
    return JobEngine(settings())
