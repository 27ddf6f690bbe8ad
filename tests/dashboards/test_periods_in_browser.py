from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page

from squash_jenkins.models import Build, BuildId, BuildRecord, Measurement, Report
from squash_jenkins.plugins import find
from squash_jenkins.render.engine.static import build_site
from squash_jenkins.store import open_store

pytestmark = pytest.mark.browser

PACES = {"three a day": (8, 200), "daily": (24, 400), "weekly": (168, 60)}
"""Hours between two builds of a job, and how many there are."""


@pytest.fixture(scope="module")
def paced(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the address of a site whose jobs run at paces of their own."""
    folder = tmp_path_factory.mktemp("periods")
    newest = datetime(2026, 5, 1, 4, tzinfo=UTC)
    records = []
    for job, (hours, many) in PACES.items():
        for number in range(1, many + 1):
            started = newest - timedelta(hours=hours * (many - number))
            report = Report(
                "a.json",
                "plain",
                f"{number:064x}",
                9,
                measurements=[Measurement("p.x", 1.0 + number % 3, "s")],
            )
            records.append(BuildRecord(Build(BuildId("main", job, number), started), [report]))
    plugins = find()
    with open_store(f"sqlite:///{folder}/squash.sqlite", str(folder / "blobs")) as store:
        store.save_all(records, controller_url="https://ci.example.org/")
        build_site(
            store,
            folder / "site",
            tabs=plugins.tabs,
            plots=plugins.plots,
            controllers=["main"],
            theme=plugins.theme,
        )
    return Path(folder / "site").as_uri()


def test_a_period_is_as_long_as_it_says_whatever_the_pace_of_the_builds(
    visit: Callable[..., Page], paced: str
) -> None:
    # "Last month" of an earlier dashboard was twelve weeks, counted in builds of eight hours.
    for job, (hours, many) in PACES.items():
        page = visit(f"metrics/p.x/index.html?job={job}&period=", paced)
        for word, days in {"week": 7, "month": 30, "6months": 181, "year": 365}.items():
            page.select_option("select[name=period]", word)
            wanted = min(many, days * 24 // hours + 1)
            page.wait_for_selector(f'#history[data-points="{wanted}"]')
        page.close()
