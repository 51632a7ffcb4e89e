"""How well the cells of each test subject were called."""

import pandas as pd
import streamlit as st


def subject_table(table: pd.DataFrame, *, positive: str, alt: str) -> None:
    """One row a subject, as given.

    Args:
        table: `subject`, `cells`, `positives`, `accuracy` in [0, 1], `mean_score`, and `fold` where there are several.
        positive: Name of the positive class.
        alt: What the table shows, for those who do not see it.
    """
    st.dataframe(
        table.assign(accuracy=100 * table["accuracy"]),
        hide_index=True,
        column_config={
            "subject": st.column_config.TextColumn("Subject", width=60),
            "fold": st.column_config.TextColumn("Fold", width=60),
            "cells": st.column_config.NumberColumn("Cells", width=50),
            "positives": st.column_config.NumberColumn(positive, width=45),
            "accuracy": st.column_config.ProgressColumn(
                "Right", format="%.0f %%", min_value=0, max_value=100, width=85
            ),
            "mean_score": st.column_config.NumberColumn("Score", format="%.2f", width=50),
        },
        alt=alt,
    )
