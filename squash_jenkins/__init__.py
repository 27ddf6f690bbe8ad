"""SQuaSH for Jenkins: follow the quality metrics of CI builds."""

__version__ = "0.1.0"
"""The version; pyproject.toml reads it from here."""
