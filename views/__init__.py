"""Streamlit pages: thin, cached calls into coverage, layers and reports."""
