"""List the jobs of the demo: what each builds, its files, and what it is started with."""

from dataclasses import dataclass, field
from functools import partial
from typing import Any

from squash_jenkins.models import Branch
from squash_jenkins.simulate.history import demo_plan
from squash_jenkins.simulate.history.history import JobPlan
from squash_jenkins.simulate.history.output import (
    Output,
    benchmark_files,
    load_test_files,
    validate_drp_files,
    verify_files,
)
from squash_jenkins.simulate.state import Kind


@dataclass(frozen=True, slots=True)
class Role:
    """Give a job its kind, its files and what it is started with.

    `branch` is what a job of a multibranch project builds.
    """

    plan: JobPlan
    kind: Kind
    output: Output
    parameters: dict[str, Any] = field(default_factory=dict)
    branch: Branch | None = None

    def count(self, builds: int) -> int:
        """Return how many builds a job has when the others have `builds`."""
        if self.kind == "configuration":
            return max(2, builds // 3)
        if self.branch is not None:
            return demo_plan.PULL_BUILDS if self.branch.change else max(2, builds // 2)
        return builds


def roles() -> list[Role]:
    """Return the jobs of the demo, configurations and branches included."""
    packed = partial(verify_files, packed="xz")
    return [
        Role(demo_plan.CI_CFHT, "freestyle", validate_drp_files, {"BRANCH": "main"}),
        Role(
            demo_plan.SQRE,
            "pipeline",
            verify_files,
            {"EUPS_TAG": "d_latest", "NO_PUSH": False, "WIPEOUT": False},
        ),
        *(Role(plan, "configuration", packed) for plan in demo_plan.CONFIGURATIONS),
        Role(
            demo_plan.LOAD_TEST,
            "freestyle",
            load_test_files,
            {"USERS": "200", "RAMP_UP_SECONDS": "60"},
        ),
        Role(demo_plan.BENCHMARK, "freestyle", benchmark_files),
        Role(
            demo_plan.STOREFRONT_MAIN,
            "pipeline",
            benchmark_files,
            branch=Branch("main", primary=True),
        ),
        Role(demo_plan.STOREFRONT_PULL, "pipeline", benchmark_files, branch=demo_plan.PULL_REQUEST),
    ]
