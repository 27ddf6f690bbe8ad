"""Pages in the folder userContent of a Jenkins: without scripts, and every link names a file."""

import re
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests


def pages_below(root: str, start: str) -> dict[str, str]:
    """Return the pages without scripts that links lead to, from `start` on."""
    found: dict[str, str] = {}
    asked = [start]
    while asked:
        url = asked.pop()
        answer = requests.get(url, timeout=10)
        assert answer.status_code == 200, url
        found[url] = answer.text
        links = re.findall(r"<a\s[^>]*href=\"([^\"#]+)", answer.text) if "/plain/" in url else []
        for link in links:
            target = urljoin(url, unescape(link)).partition("?")[0]
            if target.startswith(root) and target not in found and target not in asked:
                asked.append(target)
    return found


def test_pages_in_user_content_can_be_reached(lab: Any) -> None:
    lab.world.user_content = lab.folder / "userContent"
    root = f"{lab.jenkins.url}/userContent/qa/"
    lab.write_settings(f'index_links = true\noutput = "userContent/qa"\npublic_url = "{root}"')
    done = lab.post_build()
    link = f"{root}jobs/ci_cfht/1/index.html"
    assert done.stdout.splitlines()[-1].endswith(link)
    assert f"QA dashboard: {link} — " in lab.description()
    beside = re.search(r'<noscript>.*?href="([^"]+)"', requests.get(link, timeout=10).text)
    assert beside is not None, "where no script runs, the page leads to one that needs none"
    pages = pages_below(root, urljoin(link, beside[1]))
    assert len(pages) > 10
    assert all(urlsplit(url).path.endswith("/index.html") for url in pages)
    assert "Files of" not in "".join(pages.values())


def test_check_knows_what_user_content_shows(lab: Any) -> None:
    root = f"{lab.jenkins.url}/userContent/qa/"
    lab.write_settings(f'public_url = "{root}"')
    told = lab.run("check", check=1).stdout
    assert "FAIL public URL: " in told
    assert "Set index_links = true" in told
    lab.write_settings(f'index_links = true\npublic_url = "{root}"')
    told = lab.run("check").stdout
    assert f"no scripts run there: start at {root}plain/index.html" in told


def test_links_of_findings_and_reports_name_files_too(lab: Any) -> None:
    lab.write_settings("index_links = true")
    lab.post_build("ci_cfht", 1, "--markdown", "report.md")
    assert "/jobs/ci_cfht/1/index.html" in (lab.folder / "report.md").read_text()
