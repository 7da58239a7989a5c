"""Measures of reach weighed by the people who live at the demand points."""
