"""Analyse numbers; no input or output here."""
