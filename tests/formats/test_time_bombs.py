"""Long foreign text is read in a time that grows with its length, not with its square.

Everything runs in one process of its own. It takes seconds; what this guards against would take
hours, so that the limit is no measurement of time.
"""

import subprocess
import sys
from pathlib import Path

LIMIT = 300.0
CODE = """
import sys
from pathlib import Path

from squash_jenkins.archive.build_xml import read_build_xml
from squash_jenkins.archive.changelog import read_changes
from squash_jenkins.errors import SquashError
from squash_jenkins.formats import strict_json, strict_yaml
from squash_jenkins.formats.base import Document
from squash_jenkins.formats.lsst.levels import split_metric
from squash_jenkins.formats.lsst.lsstsw import LsstswManifest, LsstswRepositories
from squash_jenkins.jenkins.link import merge_description
from squash_jenkins.jenkins.refusals import _titled
from squash_jenkins.verification.markdown import escaped
from squash_jenkins.render.links import folder_name, metric_folder, plain_beside
from squash_jenkins.analysis.code_changes import repository_url

folder, many = Path(sys.argv[1]), 500_000


def tried(read, *given):
    try:
        return read(*given)
    except SquashError as error:
        assert len(str(error)) < 1000, str(error)[:2000]
        return None


def yaml(text):
    (folder / "a.yaml").write_text(text, encoding="utf-8")
    tried(strict_yaml.documents, folder / "a.yaml")
    tried(LsstswRepositories().read, Document("repos.yaml", "", 0, text[:1_000_000].encode()))


for tail in ("e", "x", "1", ".", ".e", "e+"):
    for digit in ("1", "0", "1.", "1:", "1_", ".1", "1e", "+1", "0x1"):
        yaml("a: " + digit * (50_000 // len(digit)) + tail)
        tried(split_metric, "A" * many + "_design_" * 1000 + digit)
yaml("a: https://x\\n" + "b: " + "[]," * 10_000 + "\\n")

for piece in ("[", '{"a":', '["', "\\\\", '"\\\\"', "1", "[]", "[1e", '{"'):
    for start in ("", "[", '["'):
        tried(strict_json.parse, (start + piece * many).encode())
tried(strict_json.parse, b"[" + b"1." + b"1" * many + b"]")

for piece in ("name ", "\\t", "a", "a f", "f", "BUILD= ", " url:", " "):
    line = piece * (many // len(piece)) + "x"
    document = Document("manifest.txt", "", 0, f"BUILD=b1\\n{line}".encode())
    tried(LsstswManifest().read, document)
    LsstswRepositories().matches(Document("x", "", 0, line[:900_000].encode()))

for piece in ("<", " <a", " ", "author <a> ", "> <", "author "):
    (folder / "changelog.xml").write_text("commit 1234567\\nauthor " + piece * many)
    read_changes(iter([folder / "changelog.xml"]))

names = "<x><name reference='../../x[60000]/name'/></x>" * 59_999
(folder / "build.xml").write_text(
    "<build><number>1</number><actions><hudson.plugins.git.util.BuildData><lastBuild><revision>"
    "<sha1>ab</sha1><branches>" + names + "<x><name>main</name></x></branches></revision>"
    "</lastBuild></hudson.plugins.git.util.BuildData></actions></build>"
)
(action,) = read_build_xml(folder / "build.xml")["actions"]
assert action["lastBuiltRevision"]["branch"][0] == {"name": "main"}

for piece in ("<title>", "<title", "<title ", "<title></title"):
    _titled(piece * (65_536 // len(piece)))
for piece in ("/1", "/1/", "/1@", "1", "/index.html", "/a"):
    for end in ("", "x", "/index.html"):
        plain_beside("jobs/a" + piece * (many // len(piece)) + end)
        metric_folder(piece * (many // len(piece)) + end)
for piece in ("a", ".", "-", "a@", "/", "scm/", "a:", "@", "\\r", "QA dashboard: a — ", "<a href="):
    text = piece * (many // len(piece))
    folder_name(text), escaped(text, many), merge_description(text, "x")
    for start in ("", "git@", "https://bitbucket.x/"):
        repository_url(start + text)
"""


def test_long_foreign_text_is_read_in_steady_time(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", CODE, str(tmp_path)], check=True, timeout=LIMIT)
