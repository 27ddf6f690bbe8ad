"""Judge numbers; no input or output here."""
