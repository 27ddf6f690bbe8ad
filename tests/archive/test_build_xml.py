"""Read build.xml as Jenkins and its plug-ins have written it over the years."""

from typing import Any

import pytest

from squash_jenkins.models import Cause

CAUSES = """<hudson.model.CauseAction><causeBag class="linked-hash-map">{}</causeBag>
</hudson.model.CauseAction>"""


def test_the_fields_of_a_build(disk: Any) -> None:
    build = disk.read(
        disk.xml(
            builtOn="node 1",
            displayName="release 4",
            description=" &lt;b&gt;ok&lt;/b&gt; &amp; more\n",
            keepLog="true",
            queueId=12,
            startTime=99,
        )
    )
    assert (build.started, build.duration, build.result) == (disk.start, 1.5, "SUCCESS")
    assert (build.node, build.display_name) == ("node 1", "release 4")
    assert build.description == " <b>ok</b> & more\n"
    assert build.extra == {
        "queueId": 12,
        "keepLog": True,
        "class": "hudson.model.FreeStyleBuild",
    }


def test_what_is_empty_is_not_known(disk: Any) -> None:
    build = disk.read(disk.xml(builtOn="", description="", duration=0, displayName=""))
    assert (build.node, build.description, build.duration) == (None, None, None)
    assert build.display_name == "#1"


@pytest.mark.parametrize("wrap", ["{}", '<c class="list">{}</c><list reference="../c"/>'])
def test_parameters_in_any_kind_of_list(disk: Any, wrap: str) -> None:
    values = """
      <hudson.model.StringParameterValue><name>REV</name><description>of what</description>
        <value>a b&amp;c=d &lt;é&gt; </value></hudson.model.StringParameterValue>
      <hudson.model.BooleanParameterValue><name>fast</name><value>true</value>
      </hudson.model.BooleanParameterValue>
      <hudson.model.PasswordParameterValue><name>DB</name><value>hush</value>
      </hudson.model.PasswordParameterValue>
      <org.x.NewSecretTextParameterValue><name>KEY</name><value>hush</value>
      </org.x.NewSecretTextParameterValue>
      <org.x.OddParameterValue><name>ODD</name><value>{AQAAABAAAAAQhushhush==}</value>
      </org.x.OddParameterValue>
      <hudson.model.FileParameterValue><name>input</name><originalFileName>x</originalFileName>
      </hudson.model.FileParameterValue>"""
    build = disk.read(
        disk.xml(
            actions="<hudson.model.ParametersAction><safeParameters class='sorted-set'/>"
            f"<parameters class='x'>{wrap.format(values)}</parameters><parameterDefinitionNames>"
            "<string>REV</string></parameterDefinitionNames></hudson.model.ParametersAction>"
        )
    )
    assert build.parameters == {
        "REV": "a b&c=d <é> ",
        "fast": True,
        "DB": None,
        "KEY": None,
        "ODD": None,
        "input": None,
    }
    assert "hush" not in repr(build)


@pytest.mark.parametrize(
    ("xml", "cause"),
    [
        (
            "<hudson.model.Cause_-UserIdCause><userId>ann</userId></hudson.model.Cause_-UserIdCause>",
            Cause("Started by user ann", user="ann"),
        ),
        (
            "<hudson.model.Cause_-UserIdCause/>",
            Cause("Started by user unknown or anonymous"),
        ),
        (
            "<hudson.model.Cause_-UserCause><authenticationName>ann</authenticationName>"
            "</hudson.model.Cause_-UserCause>",
            Cause("Started by user ann", user="ann"),
        ),
        (
            "<hudson.model.Cause_-UpstreamCause><upstreamProject>a/b</upstreamProject>"
            "<upstreamBuild>7</upstreamBuild><upstreamCauses><hudson.model.Cause_-UserIdCause/>"
            "</upstreamCauses></hudson.model.Cause_-UpstreamCause>",
            Cause(
                'Started by upstream project "a/b" build number 7',
                upstream_job="a/b",
                upstream_build=7,
            ),
        ),
        ("<hudson.triggers.TimerTrigger_-TimerTriggerCause/>", Cause("Started by timer")),
        ("<hudson.triggers.SCMTrigger_-SCMTriggerCause/>", Cause("Started by an SCM change")),
        (
            "<hudson.model.Cause_-RemoteCause><addr>::1</addr><note>why</note>"
            "</hudson.model.Cause_-RemoteCause>",
            Cause("Started by remote host ::1 with note: why"),
        ),
        (
            "<com.cloudbees.jenkins.GitHubPushCause><pushedBy>ann</pushedBy>"
            "</com.cloudbees.jenkins.GitHubPushCause>",
            Cause("Started by GitHub push by ann"),
        ),
        ("<jenkins.branch.BranchEventCause plugin='b@1'/>", Cause("Branch event")),
        (
            "<org.x.ReplayCause><originalNumber>12</originalNumber></org.x.ReplayCause>",
            Cause("Replayed #12"),
        ),
    ],
)
def test_causes_are_told_in_jenkins_words(disk: Any, xml: str, cause: Cause) -> None:
    new = disk.xml(actions=CAUSES.format(f"<entry>{xml}<int>2</int></entry>"))
    assert disk.read(new).causes == [cause]
    old = f"<hudson.model.CauseAction><causes>{xml}</causes></hudson.model.CauseAction>"
    assert disk.read(disk.xml(actions=old)).causes == [cause]


def test_the_git_revision_is_found_by_reference(disk: Any) -> None:
    git = """<hudson.plugins.git.util.BuildData plugin="git@4">
      <buildsByBranchName>{}
        <entry><string>other</string><hudson.plugins.git.util.Build>
          <revision><sha1>bbbb</sha1><branches/></revision></hudson.plugins.git.util.Build></entry>
        <entry><string>main</string><hudson.plugins.git.util.Build>
          <marked><sha1>aaaa</sha1><branches class="singleton-set"><hudson.plugins.git.Branch>
            <sha1 reference="../../../sha1"/><name>main</name></hudson.plugins.git.Branch>
          </branches></marked><revision reference="../marked"/></hudson.plugins.git.util.Build>
        </entry>
      </buildsByBranchName>
      <lastBuild reference="../buildsByBranchName/entry[2]/hudson.plugins.git.util.Build"/>
      <remoteUrls><string>https://git.example.org/a.git</string></remoteUrls>
    </hudson.plugins.git.util.BuildData>"""
    loop = '<hudson.plugins.git.util.BuildData><lastBuild reference="../lastBuild"/>{}'
    loop += "</hudson.plugins.git.util.BuildData>"
    lost = loop.replace("../lastBuild", "../../../a[9]/../../../../x[0]/y[-1]")
    build = disk.read(disk.xml(actions=(git + loop + lost).replace("{}", "")))
    assert build.extra["revisions"] == [
        {"revision": "aaaa", "branches": ["main"], "urls": ["https://git.example.org/a.git"]}
    ]


def test_control_characters_and_broken_text_are_replaced(disk: Any) -> None:
    xml = disk.xml(description="&#x1b;[8mred&#27;&#0;&#xD800;&#65;\x0c", displayName="x")
    content = xml.encode().replace(b"\x0c", b"\x0c\xff")
    disk.build("jobs/job", 1)
    disk.write("jobs/job/builds/1/build.xml", content)
    (family,) = disk.archive().page("job", 0, 1)
    assert family[0].description == "\ufffd[8mred\ufffd\ufffd\ufffdA\ufffd\ufffd"


@pytest.mark.parametrize("shift", range(12))
def test_a_reference_may_lie_across_two_reads(disk: Any, shift: int) -> None:
    xml = disk.xml(description="@", other="&#x1b;é" * 9000)
    at = xml.index("@")
    fill = "x" * (65536 - at - shift)
    build = disk.read(xml.replace("@", f"{fill}&#x1b;end"))
    assert build.description == f"{fill}\ufffdend"


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize("header", ['<?xml version="{}"?>', "\ufeff<?xml version = '{}' ?>\n", ""])
def test_any_header(disk: Any, version: str, header: str) -> None:
    body = disk.xml().partition("?>\n")[2]
    assert disk.read(header.format(version) + body).started == disk.start


def test_plugins_may_write_what_they_like(disk: Any) -> None:
    noise = "<org.x.Y-_.z plugin='x'>" + "<a b='c'>&lt;" * 5000 + "</a>" * 5000 + "</org.x.Y-_.z>"
    build = disk.read(disk.xml(actions=noise, result="FAILURE", execution="<result>X</result>"))
    assert build.result == "FAILURE"


@pytest.mark.parametrize(
    "xml",
    [
        "",
        "<build>",
        "{}",
        "<build/><build/>",
        "<build><timestamp>soon</timestamp><result>SUCCESS</result></build>",
        "<build><timestamp>-5</timestamp></build>",
        "<build><timestamp>99999999999999999</timestamp></build>",
        b"\xff\xfe<\0b\0/\0>\0",
    ],
)
def test_a_broken_build_xml_is_told_and_the_others_are_read(disk: Any, xml: str | bytes) -> None:
    assert "is not read" in disk.refused(xml)


def test_entities_are_never_expanded(disk: Any) -> None:
    laughs = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 9}">' for n in range(1, 12))
    body = disk.xml(description="&e11;").partition("?>\n")[2]
    fault = disk.refused(f'<!DOCTYPE build [<!ENTITY e0 "ha">{laughs}]>{body}')
    assert "document type" in fault


def test_files_outside_are_never_read_through_entities(disk: Any, tmp_path: Any) -> None:
    (tmp_path / "secret").write_text("hush")
    body = disk.xml(description="&e;").partition("?>\n")[2]
    doctype = f'<!DOCTYPE build [<!ENTITY e SYSTEM "file://{tmp_path}/secret">]>'
    assert "hush" not in disk.refused(doctype + body)


def test_too_much_is_refused(disk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    action = "<hudson.model.CauseAction>" + "<a/>" * 140_000 + "</hudson.model.CauseAction>"
    assert "takes more than" in disk.refused(disk.xml(actions=action))


@pytest.mark.parametrize(
    "mark", ['<a b="{}"/>', "<a{}/>", "<!--{}-->", "<?a {}?>", '<a b="é{}"/>'], ids=lambda m: m[:4]
)
def test_a_tag_or_comment_without_end_is_refused_early(disk: Any, mark: str) -> None:
    """Expat begins anew with a tag whenever more of it comes: 30 MB of one took 31 s."""
    told = disk.refused(disk.xml(actions=mark.format("x" * (3 << 20))))
    assert "has a tag or a comment of more than" in told


def test_long_texts_are_no_long_tags(disk: Any) -> None:
    text = "é<![CDATA[<" + "é" * (3 << 20) + "]]>"
    assert disk.read(disk.xml(description=text)).description.count("é") == 1 + (3 << 20)


def test_a_reference_leads_to_an_object_not_along_a_chain_without_end(disk: Any) -> None:
    chain = "".join(f"<b{at} reference='../b{at + 1}'/>" for at in range(3))
    git = (
        "<hudson.plugins.git.util.BuildData><lastBuild reference='../b{}'/>{}<b3><revision>"
        "<sha1>abc</sha1></revision></b3></hudson.plugins.git.util.BuildData>"
    )
    found = disk.read(disk.xml(actions=git.format(1, chain)))
    assert [each["revision"] for each in found.extra["revisions"]] == ["abc"]
    assert "revisions" not in disk.read(disk.xml(actions=git.format(0, chain))).extra
    far = "../" + "b3/../" * 100 + "b3"
    build = disk.read(disk.xml(actions=git.format(3, "").replace("../b3", far)))
    assert "revisions" not in build.extra
