import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from squash_jenkins.models import Rejected
from squash_jenkins.render.engine.static import Built

Save = Callable[..., Any]
BuildSite = Callable[..., Built]


def text_of(file: Path) -> str:
    words = re.sub(r"<[^>]+>", "", file.read_text().replace("<wbr>", ""))
    return re.sub(r"\s+", " ", words)


def test_the_worst_job_stands_first_and_the_sentence_names_it(
    save: Save, build: BuildSite, output: Path
) -> None:
    aside = [Rejected("out/broken.json", "malformed JSON at line 3", "ab" * 32, 1234)]
    for number in range(1, 13):
        if number == 7:
            continue
        save("a_good", number, rejected=aside if number == 11 else ())
        save("z_bad", number, result="FAILURE" if number in (3, 11, 12) else "SUCCESS")
    build()
    page, words = (output / "health/index.html").read_text(), text_of(output / "health/index.html")
    assert "1 job has not succeeded for more than a day: z_bad." in words
    assert "1 job has builds without a report or with quarantined files: a_good." in words
    assert page.index('data-job="z_bad"') < page.index('data-job="a_good"')
    assert "73% 8 of 11" in words
    assert "2 failures in a row" in words
    assert "usually one every 24 h" in words
    assert "1 build missing" in words
    assert "1 build with quarantined files (#11)" in words
    assert 'href="../health/index.html?job=z_bad"' in page


def test_jobs_of_one_build_and_jobs_that_measure_nothing(
    save: Save, build: BuildSite, output: Path, samples: Any
) -> None:
    save("once", 1, result="FAILURE")
    save("running", 1, provisional=True)
    assert not build().faults
    words = text_of(output / "health/index.html")
    assert "1 job has a failed last build: once." in words
    assert "none of its last 1 build" in words
    assert "none finished" in words
    assert "usually one every" not in words
    assert "no measurements" in words


def test_nothing_is_wrong_where_all_came_through(
    save: Save, build: BuildSite, output: Path
) -> None:
    save("ci_hsc", 1)
    build()
    assert "The last build of every job succeeded" in text_of(output / "health/index.html")
