import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

from squash_jenkins.text.dates import day_text, moment_text, short_day_text, utc_text

CASES = json.loads((Path(__file__).parents[1] / "data" / "date_texts.json").read_text("utf-8"))


def test_moments_are_written_as_in_the_cases_that_the_script_shares() -> None:
    for moment, *texts in CASES["moments"]:
        own = datetime.fromisoformat(moment)
        assert [moment_text(own), day_text(own), short_day_text(own)] == texts


def test_moments_of_other_zones_are_written_in_utc() -> None:
    late = datetime(2026, 7, 2, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    assert utc_text(late) == "1 Jul 2026, 23:30 UTC"
    assert (day_text(late), short_day_text(late)) == ("1 Jul 2026", "1 Jul")
