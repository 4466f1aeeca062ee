"""The start page and the data quality page."""
