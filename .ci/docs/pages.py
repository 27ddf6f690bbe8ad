"""Choose the files of the documentation: pages keep their places in the repository."""

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[2]
CHOSEN = [
    *("README.md", "CHANGELOG.md", "LICENSE", "Jenkinsfile"),
    *("docs/*", "docs/noise/*", "hooks/**/*", "dashboards/README.md", "db/README.md"),
]


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Replace the files of docs/ by those chosen, with their paths from the root."""
    of_theme = [each for each in files if each.src_dir != config.docs_dir]
    paths = sorted({path for each in CHOSEN for path in ROOT.glob(each) if path.is_file()})
    chosen = [
        File(str(path.relative_to(ROOT)), str(ROOT), config.site_dir, config.use_directory_urls)
        for path in paths
    ]
    return Files([*of_theme, *chosen])
