"""Give every test the shared recordings and the real QA files."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder with the recordings of a real Jenkins and the real QA files."""
    if not SHARED.is_dir():
        pytest.fail(f"{SHARED} is missing: these tests read real recordings from there")
    return SHARED
