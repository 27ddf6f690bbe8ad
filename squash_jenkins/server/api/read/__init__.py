"""Programs read what is stored: lists of builds, series, findings, definitions, the status."""
