from datetime import UTC, datetime, timedelta
from typing import Any

from squash_jenkins.simulate.state import BROKEN, Fault


def stored(lab: Any) -> list[tuple[Any, ...]]:
    return lab.rows("select number, provisional from build order by number")


def test_a_missed_hook_is_healed_by_the_next_one(lab: Any) -> None:
    lab.write_settings("catch_up = 20")
    done = lab.post_build("ci_cfht", 2)
    assert stored(lab) == [(1, 0), (2, 0)]
    assert done.stdout.splitlines()[1] == "ci_cfht #1: was missing, ingested now."
    assert done.stdout.splitlines()[-1].endswith("/jobs/ci_cfht/2/")
    assert "/jobs/ci_cfht/2/" in (lab.description(number=2) or "")
    assert lab.description(number=1) is None, "nobody asked for it"
    for number in (1, 2):
        assert (lab.folder / f"site/jobs/ci_cfht/{number}/index.html").is_file()
    lab.world.requests.clear()
    lab.post_build("ci_cfht", 2)
    assert not [path for _, path in lab.world.requests if "/1/" in path]


def test_a_provisional_build_is_made_final_by_the_next_hook(lab: Any) -> None:
    lab.write_settings("catch_up = 20")
    lab.world.start_build("ci_cfht", number=3, artifacts={"qa.json": lab.qa()})
    lab.world.post_build_step("ci_cfht", 3, "SUCCESS", visible=1)
    lab.run("post-build", JOB_NAME="ci_cfht", BUILD_NUMBER="3")
    assert stored(lab) == [(1, 0), (2, 0), (3, 1)]
    lab.world.finish_build("ci_cfht", 3, "UNSTABLE")
    lab.world.start_build("ci_cfht", number=4)
    lab.run("post-build", JOB_NAME="ci_cfht", BUILD_NUMBER="4")
    assert stored(lab) == [(1, 0), (2, 0), (3, 0), (4, 1)]
    assert lab.rows("select result from build where number = 3") == [("UNSTABLE",)]


def test_files_read_while_the_build_ran_are_not_sent_again(lab: Any) -> None:
    archived = datetime(2026, 3, 9, tzinfo=UTC)
    lab.world.start_build("ci_cfht", number=3, artifacts={"qa.json": lab.qa()}, archived=archived)
    lab.world.post_build_step("ci_cfht", 3, "SUCCESS", visible=1)
    lab.run("post-build", JOB_NAME="ci_cfht", BUILD_NUMBER="3")
    assert len(list((lab.folder / "kept").rglob("*"))) == 2  # a folder with one copy
    lab.world.finish_build("ci_cfht", 3)
    lab.world.requests.clear()
    lab.post_build("ci_cfht", 3)
    [again] = [each for each in lab.world.requests if "/artifact/" in each.path]
    assert "if-modified-since" in again.headers
    assert stored(lab) == [(3, 0)]
    assert lab.rows("select count(*) from report") == [(1,)]
    assert list((lab.folder / "kept").rglob("*")) == []


def test_a_provisional_build_that_jenkins_lost_is_final_as_it_is(lab: Any) -> None:
    lab.write_settings("catch_up = 20")
    lab.world.start_build("ci_cfht", number=3, artifacts={"qa.json": lab.qa()})
    lab.world.post_build_step("ci_cfht", 3, "SUCCESS", visible=1)
    lab.run("post-build", JOB_NAME="ci_cfht", BUILD_NUMBER="3")
    lab.world.delete_build("ci_cfht", 3)
    lab.post_build("ci_cfht", 2)
    assert stored(lab) == [(1, 0), (2, 0), (3, 0)]
    assert lab.rows("select count(*) from measurement") == [(9,)]


def test_how_many_are_looked_at_is_bounded(lab: Any) -> None:
    start = datetime(2026, 4, 1, tzinfo=UTC)
    for number in range(3, 13):
        lab.world.add_build("ci_cfht", number=number, started=start + timedelta(days=number))
    lab.write_settings("catch_up = 4")
    lab.post_build("ci_cfht", 12)
    assert [number for number, _ in stored(lab)] == [9, 10, 11, 12]
    lab.write_settings("catch_up = 0")
    lab.post_build("ci_cfht", 3)
    assert [number for number, _ in stored(lab)] == [3, 9, 10, 11, 12]


def test_trouble_in_catching_up_is_told_and_the_build_is_linked(lab: Any) -> None:
    lab.write_settings("catch_up = 20")
    lab.world.faults.append(Fault("/1/artifact", "html", times=9))
    done = lab.post_build("ci_cfht", 2)
    assert "ci_cfht #1" in done.stderr
    assert stored(lab) == [(2, 0)]
    assert "/jobs/ci_cfht/2/" in (lab.description(number=2) or "")
    lab.world.faults.clear()
    lab.post_build("ci_cfht", 2)
    assert stored(lab) == [(1, 0), (2, 0)]


def test_an_odd_line_in_the_list_is_told_and_the_other_builds_are_taken_in(lab: Any) -> None:
    lab.write_settings("catch_up = 20")
    for number in (3, 4):
        started = datetime(2026, 4, number, tzinfo=UTC)
        lab.world.add_build("ci_cfht", number=number, started=started)
    lab.world.jobs["ci_cfht"].builds[2].odd = {"timestamp": ...}
    lab.world.jobs["ci_cfht"].builds[3].odd = {"actions": BROKEN}
    done = lab.post_build("ci_cfht", 4)
    assert "is skipped: its number is 2, its start None" in done.stderr
    assert "ci_cfht #3" in done.stderr
    assert stored(lab) == [(1, 0), (4, 0)]


def test_a_provisional_build_of_an_earlier_job_of_the_name_is_final_as_it_is(lab: Any) -> None:
    lab.write_settings("catch_up = 20")
    lab.world.start_build("ci_cfht", number=1, artifacts={"qa.json": lab.qa()})
    lab.run("post-build", JOB_NAME="ci_cfht", BUILD_NUMBER="1")
    lab.world.recreate_job("ci_cfht")
    lab.world.start_build("ci_cfht", number=1, artifacts={"qa.json": lab.qa()})
    lab.run("post-build", JOB_NAME="ci_cfht", BUILD_NUMBER="1")
    assert lab.rows("select provisional from build where number = 1 order by started") == [
        (0,),
        (1,),
    ]


def test_a_link_that_an_earlier_run_could_not_write_is_made_up_for(lab: Any) -> None:
    lab.world.faults.append(Fault("submitDescription", status=500))
    lab.post_build("ci_cfht", 1)
    assert lab.description(number=1) is None
    lab.write_settings("catch_up = 20")
    lab.post_build("ci_cfht", 2)
    assert lab.description(number=1) is None, "only where it is asked for"
    lab.write_settings("catch_up = 20\nlink_older = true")
    done = lab.post_build("ci_cfht", 2)
    assert "/jobs/ci_cfht/1/" in (lab.description(number=1) or "")
    assert "ci_cfht #1: linked in Jenkins as well." in done.stdout
    lab.world.requests.clear()
    again = lab.post_build("ci_cfht", 2)
    assert "linked in Jenkins as well" not in again.stdout
    assert not [path for _, path in lab.world.requests if "/1/" in path]


def test_a_missed_build_is_linked_where_it_is_asked_for_and_the_run_says_so(lab: Any) -> None:
    lab.write_settings("catch_up = 20\nlink_older = true")
    facts = lab.facts("post-build", "--job", "ci_cfht", "--number", "2")
    assert facts["linked"] == ["ci_cfht #1"]
    assert "/jobs/ci_cfht/1/" in (lab.description(number=1) or "")


def test_a_line_that_is_there_already_is_kept_up_to_date(lab: Any) -> None:
    lab.write_settings("catch_up = 20")
    lab.world.start_build("ci_cfht", number=3, artifacts={"qa.json": lab.qa()})
    lab.run("post-build", JOB_NAME="ci_cfht", BUILD_NUMBER="3")
    before = lab.description(number=3) or ""
    lab.world.finish_build("ci_cfht", 3)
    lab.post_build("ci_cfht", 2)
    after = lab.description(number=3) or ""
    assert "2 of 3 measured" in after
    assert before.split(" — ")[0] == after.split(" — ")[0]
    assert lab.description(number=1) is None


def test_a_jenkins_that_moved_is_linked_from_every_page(lab: Any) -> None:
    lab.write_settings("catch_up = 20")
    lab.post_build("ci_cfht", 2)
    lab.world.prefix = "/jenkins"
    lab.write_settings("catch_up = 0", url=f"{lab.jenkins.url}")
    lab.world.add_build("ci_cfht", number=3, started=datetime(2026, 3, 9, tzinfo=UTC))
    lab.post_build("ci_cfht", 3)
    for number in (1, 2, 3):
        text = (lab.folder / f"site/jobs/ci_cfht/{number}/index.html").read_text()
        assert f"{lab.jenkins.url}/job/ci_cfht/{number}/" in text
