"""Entry point: `streamlit run dashboard/app.py`; frames every page with navigation and the research-use notice."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ASSETS = ROOT / "assets"

sys.path.insert(0, str(ROOT))  # streamlit puts only this folder on the path


def main() -> None:
    """Run one page."""
    import streamlit as st

    from core.config import prepare_environment
    from dashboard.components.notice import research_notice

    prepare_environment()
    st.set_page_config(page_title="LeukoScope", page_icon=str(ASSETS / "icon.svg"), layout="wide")
    st.logo(str(ASSETS / "logo.svg"), size="large")
    pages = [
        st.Page("app_pages/upload.py", title="Upload", icon=":material/upload_file:", default=True),
        st.Page("app_pages/cases.py", title="Cases", icon=":material/folder_open:"),
        st.Page("app_pages/explore.py", title="Explore", icon=":material/grid_view:"),
        st.Page("app_pages/train.py", title="Train", icon=":material/model_training:"),
        st.Page("app_pages/compare.py", title="Compare", icon=":material/leaderboard:"),
        st.Page("app_pages/models.py", title="Models", icon=":material/description:"),
    ]
    page = st.navigation(pages, position="top")
    research_notice()
    page.run()


if __name__ == "__main__":  # worker processes import this file under another name
    main()
