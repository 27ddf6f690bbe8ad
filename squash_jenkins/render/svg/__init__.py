"""Drawings that need no script: sparks, trends, levels of a finding, badges."""
