"""Define every setting, with its default and its allowed values."""

import difflib
import hashlib
import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from squash_jenkins.config.addresses import http_url, resolve_sqlite, root_of
from squash_jenkins.config.controllers import Controller, ControllerSettings, reach
from squash_jenkins.config.findings import FindingsSettings
from squash_jenkins.config.server import LONGEST, MOST, MOST_BYTES, ServerSettings
from squash_jenkins.config.tokens import PREFIX
from squash_jenkins.errors import SettingsError

SETTINGS_FILE = "squash.toml"
DEFAULT_ARTIFACTS = (
    "**/*.json",
    "**/*.json.gz",
    "**/*.json.xz",
    "**/*.xml",
    "**/manifest.txt",
    "**/repos.yaml",
)
LOCAL = "local"
"""Controller of builds that came from no Jenkins."""
SKIPPED_ARTIFACTS = (
    "**/node_modules/**",
    "**/package.json",
    "**/package-lock.json",
    "**/composer.json",
    "**/tsconfig*.json",
    "**/compile_commands.json",
    "**/*.schema.json",
    "**/pom.xml",
    "**/build.xml",
    "**/checkstyle*.xml",
)
"""Files of tools, which contain no measurements."""


class JobSettings(BaseModel):
    """Keys of one ``[[jobs]]`` table; the first whose `match` matches a job is used."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    match: str = "*"
    """Glob on the job's full name, such as ``sqre/*``."""
    formerly: tuple[str, ...] = ()
    """Former full names of the job (`match` is its present one): their builds join it."""
    baseline: str | None = Field(default=None, min_length=1)
    """Full name of the job that the builds are compared with, such as ``team/repo/main``. Branches
    of a multibranch project without this setting are compared with their target branch."""
    artifacts: tuple[str, ...] | None = None
    """Globs on artifact paths; a file named here that no format recognises is reported."""
    dataset: str | None = None
    """Dataset of reports that do not name one."""
    filter: str | None = None
    """Filter of reports that do not name one."""
    dataset_parameter: str | None = None
    """Build parameter that contains the dataset."""
    filter_parameter: str | None = None
    """Build parameter that contains the filter."""
    job_pattern: str | None = None
    """Regular expression on the job name with groups named dataset and filter."""
    tests: tuple[str, ...] = ()
    """Globs on the names of single tests (``class.name``) and suites that are followed, each as a
    metric of its own; of other test results only the totals are read."""
    path_pattern: str | None = None
    """Regular expression on the artifact path with groups named dataset, filter, or anything else
    (arch, tract …), which becomes a label of the series."""

    @model_validator(mode="after")
    def _check_formerly(self) -> Self:
        if self.formerly and (set(self.match) & set("*?[") or self.match in self.formerly):
            raise ValueError(
                "formerly needs match to be the full name of one job, and a different one"
            )
        return self

    @field_validator("job_pattern")
    @classmethod
    def _check_job_pattern(cls, pattern: str | None) -> str | None:
        if pattern is not None and _named_groups(pattern) - {"dataset", "filter"}:
            raise ValueError("may have groups named dataset and filter only")
        return pattern

    @field_validator("path_pattern")
    @classmethod
    def _check_path_pattern(cls, pattern: str | None) -> str | None:
        if pattern is not None:
            _named_groups(pattern)
        return pattern


class NotifySettings(BaseModel):
    """Keys of ``[notify]``: who is notified of new findings, through Apprise."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    urls: tuple[SecretStr, ...] = ()
    """Apprise URLs. They contain secrets: set SQUASH_NOTIFY__URLS or use urls_file."""
    urls_file: Path | None = None
    """File with one Apprise URL a line; # begins a comment."""
    improvements: bool = False
    """Also notify of what got better."""


class PlotsSettings(BaseModel):
    """Keys of ``[plots]``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    points: int = Field(default=20_000, ge=0, le=MOST)
    """Plots with more points are drawn as tiles, which needs Datashader."""


class Settings(BaseSettings):
    """Every setting; relative paths start at the settings file's folder."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
    )

    folder: Path = Field(default_factory=Path.cwd, exclude=True)
    """Folder of the settings file; not a key."""
    controllers: dict[str, ControllerSettings] = Field(default_factory=dict)
    """Jenkins servers by short name; the first is the default."""
    database: str = "sqlite:///squash.sqlite"
    """SQLAlchemy URL of the database."""
    output: Path = Path("site")
    """Folder for the pages."""
    public_url: str | None = None
    """URL at which people reach the output folder; links on build pages begin with it."""
    index_links: bool = False
    """End links in index.html, for servers that list the files of a folder."""
    blobs: str = "blobs"
    """Folder or fsspec URL for the tables that come with reports."""
    spool: Path = Path("spool")
    """Folder that holds builds while the database is unavailable."""
    dashboards: Path | None = None
    """Folder with tabs/ and plots/ of your own."""
    description: Literal["plain", "html", "off"] = "plain"
    """Form of the link in a build's description; html needs Safe HTML in Jenkins."""
    link_older: bool = False
    """Also write the link into older builds: those that post-build finds missing or without it, and
    those that ended more than a day before `watch` ingests them. An existing link is always
    updated."""
    wait: float = Field(default=600.0, ge=0, le=LONGEST)
    """Seconds to wait for a build to end, or for a Jenkins that is restarting."""
    catch_up: int = Field(default=20, ge=0, le=MOST)
    """Number of newest builds of the job that post-build checks for missing ones; 0: none."""
    watch_jobs: tuple[str, ...] = ("*",)
    """Globs on the full names of the jobs that `watch` follows."""
    watch_every: float = Field(default=30.0, ge=1, le=LONGEST)
    """Seconds between two rounds of `watch`."""
    watch_newest: int = Field(default=50, ge=1, le=MOST)
    """Number of newest builds of each job that a round of `watch` requests."""
    max_artifact_bytes: int = Field(default=100 * 2**20, gt=0, le=MOST_BYTES)
    """Larger artifacts go to the quarantine unread."""
    max_unnamed_bytes: int = Field(default=64 * 2**20, gt=0, le=MOST_BYTES)
    """Larger artifacts are skipped, unless `artifacts` of ``[[jobs]]`` names the files."""
    skip_artifacts: tuple[str, ...] = SKIPPED_ARTIFACTS
    """Globs on paths that are skipped, unless `artifacts` of ``[[jobs]]`` names the files."""
    max_unpacked_bytes: int = Field(default=64 * 2**20, gt=0, le=MOST_BYTES)
    """Artifacts that are larger once unpacked go to the quarantine, and so does JSON whose values
    take more than eight times as much memory (or 512 MiB)."""
    max_metrics: int = Field(default=2000, gt=0, le=MOST)
    """Documents with more metrics go to the quarantine."""
    findings: FindingsSettings = FindingsSettings()
    """Which changes are reported."""
    notify: NotifySettings = NotifySettings()
    """Who is notified of new findings."""
    plots: PlotsSettings = PlotsSettings()
    """Limits of plots."""
    server: ServerSettings = ServerSettings()
    """How the live server works."""
    jobs: tuple[JobSettings, ...] = ()
    """Settings of some jobs."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Use the values passed in and nothing else: `load` has merged the sources."""
        return (init_settings,)

    @field_validator("public_url")
    @classmethod
    def _check_public_url(cls, url: str | None) -> str | None:
        return None if url is None else http_url(url)

    def resolved(self) -> Self:
        """Return a copy with relative paths resolved from the settings file's folder."""
        base = self.folder.resolve()
        paths = {"output": base / self.output, "spool": base / self.spool}
        if self.dashboards is not None:
            paths["dashboards"] = base / self.dashboards
        database = resolve_sqlite(self.database, base)
        blobs = self.blobs if "://" in self.blobs else str(base / self.blobs)
        return self.model_copy(update={**paths, "database": database, "blobs": blobs})

    @property
    def ledger(self) -> Path:
        """Return the file that records what the pages in the output folder were built from."""
        name = hashlib.sha256(str(self.output).encode()).hexdigest()[:12]
        return self.spool.parent / f"pages-{name}.sqlite"

    @property
    def controller_names(self) -> list[str]:
        """Return the short names of the controllers in order, at least one."""
        return list(self.controllers) or [LOCAL]

    def controller(self, name: str | None = None) -> Controller:
        """Return the controller called `name`, or the first; raise SettingsError if none."""
        if not self.controllers:
            raise SettingsError(
                "No Jenkins server is configured: add [controllers.jenkins] with a url to "
                f"{SETTINGS_FILE} (`squash-jenkins init` writes one)."
            )
        name = name or next(iter(self.controllers))
        if name not in self.controllers:
            raise SettingsError(
                f"There is no controller {name!r}{nearest(name, self.controllers)}."
            )
        return reach(name, self.controllers[name], self.folder)

    def controller_of(self, url: str) -> str | None:
        """Return the name of the controller whose root a URL is below; None if there is none.

        Both roots count: the one this machine uses, and the one people use.
        """
        each = self.controllers.items()
        public = {name: one.public_url for name, one in each if one.public_url}
        return root_of(url, public) or root_of(url, {name: one.url for name, one in each})

    @property
    def renamed(self) -> dict[str, str]:
        """Return the present names of jobs by their former ones."""
        return {old: job.match for job in self.jobs for old in job.formerly}

    def job(self, name: str) -> JobSettings:
        """Return the first ``[[jobs]]`` table that matches a job's full name, else the defaults."""
        return next((job for job in self.jobs if fnmatchcase(name, job.match)), JobSettings())


def _named_groups(pattern: str) -> set[str]:
    try:
        groups = set(re.compile(pattern).groupindex)
    except re.error as error:
        raise ValueError(f"is not a regular expression: {error}") from error
    if not groups:
        raise ValueError("needs groups named dataset or filter, such as (?P<dataset>[a-z]+)")
    return groups


def nearest(name: str, known: Any) -> str:
    """Return a hint for an unknown name: the nearest known one, otherwise all."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else f"; known: {', '.join(known)}"
