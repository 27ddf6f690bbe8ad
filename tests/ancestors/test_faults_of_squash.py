"""Say where each fault that was found in the code of SQuaSH is tested.

SQuaSH is the ancestor of this program; the left column has its faults in our words, the right
one the tests that fail when the fault comes back. A line without a fault goes on with the one above.

======================================== ==========================================================
a job took minutes to post               tests/ancestors/test_faults_in_storing.py::test_storing_is_not_slower_with_more_measurements_or_a_longer_history
.                                        tests/store/test_many_at_once.py::test_a_batch_stores_what_single_saves_would
.                                        tests/render/test_static.py::test_a_new_build_changes_few_files
clients waited 15 minutes for the server tests/store/test_failures.py::test_a_lock_that_stays_is_told
.                                        tests/jenkins/test_waiting.py::test_a_slow_answer_runs_into_the_time_limit
bodies of a gigabyte were let in         tests/jenkins/test_downloads.py::test_the_limit_is_the_largest_size
.                                        tests/formats/test_opening.py::test_a_bomb_is_refused_while_unpacking
tokens lived for one upload              tests/server/signin/test_signin_who.py::test_tokens_are_bounded
NaN became 0                             tests/store/test_saving.py::test_what_is_no_number_is_null
.                                        tests/formats/test_bad_input.py::test_no_number_is_not_measured
NaN was written as it is no JSON         tests/ancestors/test_faults_in_storing.py::test_nan_is_in_no_file_of_the_site_and_in_no_json_column
a job could be stored in part            tests/store/test_saving.py::test_a_failed_save_leaves_no_trace
.                                        tests/store/test_failures.py::test_a_full_disk_is_told_and_nothing_is_half_stored
.                                        tests/store/test_processes.py::test_a_killed_writer_leaves_whole_builds_only
an unknown metric took another's value   tests/ancestors/test_faults_in_storing.py::test_a_metric_that_nobody_defined_keeps_its_own_value
specifications of others were dropped    tests/ancestors/test_faults_in_storing.py::test_specifications_of_metrics_that_nobody_measured_are_kept
.                                        tests/definitions/test_verify_metrics.py::test_faults_name_the_file_and_the_field
nothing was unique                       tests/ancestors/test_faults_in_storing.py::test_the_database_itself_refuses_a_second_row_of_one_thing
.                                        tests/store/test_saving.py::test_saving_again_changes_no_row
each try of a stage was one more job     tests/ancestors/test_faults_in_storing.py::test_a_stage_that_jenkins_tries_again_gives_one_job
.                                        tests/ancestors/test_faults_in_history.py::test_of_many_tries_of_one_build_a_series_has_one_value
.                                        tests/system/test_post_build.py::test_a_second_time_changes_nothing
.                                        tests/system/test_post_build.py::test_hooks_at_the_same_time_lose_and_double_nothing
of a build one job was found             tests/ancestors/test_faults_in_storing.py::test_all_filters_of_one_build_are_stored_and_shown
of three filters one was sent            tests/ancestors/test_faults_in_storing.py::test_all_filters_of_one_build_are_stored_and_shown
no filter, no upload                     tests/ancestors/test_faults_in_storing.py::test_a_document_without_a_filter_is_a_series_of_its_own
the first was compared with the last     tests/ancestors/test_faults_in_history.py::test_the_first_build_is_compared_with_nothing
"previous" went by the order of arrival  tests/ancestors/test_faults_in_history.py::test_a_build_taken_in_later_is_compared_with_the_one_before_it
removed packages were not listed         tests/ancestors/test_faults_in_history.py::test_a_package_that_went_is_listed
.                                        tests/analysis/test_code_changes.py::test_added_removed_updated
addresses lost letters at their ends     tests/ancestors/test_faults_in_history.py::test_a_repository_keeps_all_letters_of_its_name
each save put the present time           tests/ancestors/test_faults_in_storing.py::test_the_time_is_the_builds_own_and_no_later_run_moves_it
the status was always "success"          tests/ancestors/test_faults_in_history.py::test_a_failed_build_is_stored_and_shown_as_failed
.                                        tests/jenkins/test_answers.py::test_results_are_jenkins_words
gaps were guessed from the numbers       tests/job_status/test_gaps.py::test_every_gap_has_its_reason
stored text was evaluated                tests/ancestors/test_faults_in_code.py::test_no_text_is_ever_evaluated
.                                        tests/ancestors/test_faults_in_code.py::test_scripts_of_the_pages_evaluate_nothing_and_set_no_cookie
.                                        tests/analysis/test_units.py::test_hostile_units_are_refused_before_anything_evaluates_them
names longer than 16 letters were cut    tests/store/test_saving.py::test_hostile_names_of_ten_thousand_characters_are_stored_as_they_are
filters came from a table in the code    tests/ancestors/test_faults_in_storing.py::test_no_filter_is_guessed_from_the_name_of_a_dataset
"last month" was twelve weeks            tests/ancestors/test_faults_in_history.py::test_periods_say_how_many_days_they_are
a period was a guessed number of builds  tests/dashboards/test_periods_in_browser.py::test_a_period_is_as_long_as_it_says_whatever_the_pace_of_the_builds
anybody could open an account            tests/ancestors/test_faults_in_code.py::test_nobody_opens_an_account_by_asking
.                                        tests/store/test_accounts.py::test_no_secret_lies_in_the_database
passwords stood in scripts               tests/ancestors/test_faults_in_code.py::test_no_file_that_travels_holds_a_credential
.                                        tests/system/test_secrets.py::test_the_token_is_in_no_file_and_no_row
.                                        tests/config/test_loading.py::test_a_url_with_a_password_is_refused_without_showing_it
one old Bokeh and one old tornado fitted tests/ancestors/test_faults_in_code.py::test_no_version_is_pinned
a cookie handed the choice over          tests/dashboards/test_history_in_browser.py::test_the_choice_is_in_the_address
definitions went stale                   tests/ancestors/test_faults_in_history.py::test_a_document_brings_its_definitions_and_the_newest_build_counts
.                                        tests/ancestors/test_faults_in_history.py::test_the_definitions_of_a_newer_program_replace_those_of_an_older_one
.                                        tests/store/test_store_definitions.py::test_a_changed_seed_of_a_metric_is_dated
a release inherited another's targets    tests/ancestors/test_faults_in_history.py::test_a_release_has_targets_of_its_own
TE2's design is looser than its minimum  tests/ancestors/test_faults_in_history.py::test_a_design_looser_than_the_minimum_is_judged_and_fails_nothing
.                                        tests/ancestors/test_faults_in_history.py::test_the_thresholds_that_come_along_do_not_contradict_one_another
stored links forbade to rename a job     tests/ancestors/test_faults_in_history.py::test_links_to_jenkins_are_made_from_its_root_and_never_stored
.                                        tests/system/test_catch_up.py::test_a_jenkins_that_moved_is_linked_from_every_page
with the artifacts all else was gone     tests/ancestors/test_faults_in_storing.py::test_what_a_page_needs_does_not_live_in_jenkins
.                                        tests/store/test_saving.py::test_reports_of_files_that_jenkins_deleted_stay
======================================== ==========================================================
"""  # noqa: E501 -- where a test is takes one line

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def table() -> list[tuple[str, str]]:
    """Return the rows of the table above."""
    _, body, _ = re.split(r"^=+ =+$", __doc__ or "", flags=re.MULTILINE)
    return [(line[:41].strip(), line[41:].strip()) for line in body.strip().splitlines()]


def _functions(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_fault_has_a_test_that_is_there() -> None:
    rows = table()
    assert len(rows) > 40
    missing = []
    for fault, place in rows:
        file, _, name = place.partition("::")
        known = (ROOT / file).is_file() and name in _functions(ROOT / file)
        if not fault or not known:
            missing.append((fault, place))
    assert missing == []


def test_every_test_of_this_folder_is_in_the_table() -> None:
    listed = {place.partition("::")[2] for _, place in table()}
    own = {
        name
        for file in Path(__file__).parent.glob("test_faults_in_*.py")
        for name in _functions(file)
        if name.startswith("test_")
    }
    assert own - listed == {"test_the_search_finds_what_it_is_for"}
