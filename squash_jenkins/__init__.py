"""SQuaSH for Jenkins: follow the quality metrics of CI builds."""

import time

__version__ = "0.1.0"
"""The version; pyproject.toml reads it from here."""

LOADED = time.perf_counter()
"""When this package began to be imported, on the clock of `time.perf_counter` (seconds)."""
