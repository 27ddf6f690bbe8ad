/*
 * squashPublish: ingests this build's quality metrics and links the build to its dashboard.
 * squashPublish.txt describes its parameters; Jenkins shows it below Pipeline Syntax > Global
 * Variables Reference. Without a library: load('hooks/vars/squashPublish.groovy').call([...]).
 *
 * It never fails a build that did not ask for it (failOn) and never swallows an abort. Everything runs
 * in the sandbox. A Pipeline may be stored and resumed at any step, so the variables here are strings,
 * numbers and maps of those; what needs more stands in @NonCPS methods, which call no step.
 */
import com.cloudbees.groovy.cps.NonCPS
import groovy.json.JsonOutput
import groovy.json.JsonSlurper
import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException

def call(Map options = [:]) {
    long began = System.currentTimeMillis()
    Map wish = wishes(options, siteDefaults())
    Map outcome = [trouble: '', page: '', failed: '']
    try {
        timeout(time: wish.timeout, unit: 'SECONDS') {
            outcome = outcome + (wish.mode == 'server' ? tellServer(wish) : publishHere(wish))
            showTests(wish)
        }
    } catch (FlowInterruptedException stopped) {
        if (System.currentTimeMillis() - began < wish.timeout * 1000 - 100) {
            throw stopped // somebody stopped the build: this must not be hidden
        }
        outcome.trouble = "given up after ${wish.timeout} s".toString()
    } catch (Exception odd) {
        outcome.trouble = shown(odd.message ?: odd.toString())
    } catch (NoSuchMethodError missing) {
        outcome.trouble = shown(missing.message)
    }
    report(wish, outcome)
}

/** What the site set for all builds: Manage Jenkins > System (older: Configure System) > Environment variables. */
def siteDefaults() {
    return [serverUrl: env.SQUASH_SERVER_URL, dashboardUrl: env.SQUASH_DASHBOARD_URL,
        credentialsId: env.SQUASH_CREDENTIALS_ID, controller: env.SQUASH_CONTROLLER,
        firstController: env.SQUASH_FIRST_CONTROLLER, title: env.SQUASH_TITLE, script: env.SQUASH_POST_BUILD]
}

/** Tell what went wrong, then, last, where the dashboard is; fail the build only where that was asked for. */
def report(Map wish, Map outcome) {
    if (wish.remark) {
        echo "squashPublish: ${wish.remark}"
    }
    String blind = unchecked(wish, outcome)
    if (outcome.trouble) {
        String kept = blind || wish.failOn.contains('error') ? '' : " (The build's result stays as it is.)"
        echo "squashPublish: not published: ${outcome.trouble}${kept}"
    }
    String page = outcome.page ?: (outcome.shown ? '' : pageUrl(wish, env.JOB_NAME, env.BUILD_NUMBER))
    if (page) {
        echo "${wish.title}: ${page}"
    }
    if (outcome.failed) {
        error("squashPublish: ${outcome.failed}")
    }
    if (blind) {
        error("squashPublish: NOT CHECKED against failOn ${wish.gates}, so the build fails: ${blind}")
    }
    if (outcome.trouble && wish.failOn.contains('error')) {
        error("squashPublish: not published: ${outcome.trouble}")
    }
}

/** Server mode: the server gets a webhook request and ingests the build once it is over. */
def tellServer(Map wish) {
    if (!wish.serverUrl) {
        return [trouble: 'serverUrl (or SQUASH_SERVER_URL) has to be the http(s) address of `squash-jenkins serve`.']
    }
    keepArtifacts(wish)
    Map more = [node: env.NODE_NAME, BRANCH_NAME: env.BRANCH_NAME, BRANCH_IS_PRIMARY: env.BRANCH_IS_PRIMARY,
        CHANGE_ID: env.CHANGE_ID, CHANGE_TARGET: env.CHANGE_TARGET, CHANGE_URL: env.CHANGE_URL]
    String notice = noticeOf(wish.controller, env.JOB_NAME, env.BUILD_NUMBER, env.JENKINS_URL, more)
    Map answer = [:]
    if (wish.credentialsId) {
        withCredentials([string(credentialsId: wish.credentialsId, variable: 'SQUASH_TOKEN')]) {
            answer = post(wish, notice)
        }
    } else {
        answer = post(wish, notice)
    }
    return verdict(answer, wish.serverUrl)
}

/** Use the HTTP Request plugin where installed, which needs no agent; else what the agent has. */
def post(Map wish, String notice) {
    boolean plugin = true
    try {
        return postByPlugin(wish, notice)
    } catch (NoSuchMethodError missing) {
        plugin = false
    }
    if (!plugin && !env.NODE_NAME) {
        return [trouble: 'this step runs on no agent and the HTTP Request plugin is not installed. Install ' +
            'it, or call squashPublish() inside node { } (declarative: an agent).']
    }
    withEnv(["SQUASH_NOTICE=${notice}", "SQUASH_NOTIFY_URL=${wish.serverUrl}/api/notify/",
            "SQUASH_SECONDS=${wish.patience}"]) {
        return parted(isUnix() ? postByShell() : postByPowerShell())
    }
}

def postByPlugin(Map wish, String notice) {
    List headers = env.SQUASH_TOKEN ?
        [[name: 'Authorization', value: "Bearer ${env.SQUASH_TOKEN}".toString(), maskValue: true]] : []
    def response = httpRequest(url: "${wish.serverUrl}/api/notify/".toString(), httpMode: 'POST',
        contentType: 'APPLICATION_JSON', requestBody: notice, customHeaders: headers,
        validResponseCodes: '100:599', timeout: wish.patience, quiet: true)
    return reached(response.status as int, response.content ?: '')
}

/** The token goes to curl through a pipe, as everybody on the agent can see command lines. */
def postByShell() {
    return sh(label: 'Tell the QA dashboard', returnStdout: true, script: '''set +x
if command -v curl >/dev/null 2>&1; then
    { [ -z "${SQUASH_TOKEN:-}" ] || printf 'header = "Authorization: Bearer %s"\\n' "$SQUASH_TOKEN"; } |
        curl -q --silent --show-error --max-time "$SQUASH_SECONDS" --config - --data "$SQUASH_NOTICE" \\
            --header 'Content-Type: application/json' --write-out '\\n%{http_code}' "$SQUASH_NOTIFY_URL" 2>&1 || true
elif command -v python3 >/dev/null 2>&1; then
    python3 -c '
import os
import urllib.error
import urllib.request

class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments):
        return None

given = os.environ
request = urllib.request.Request(given["SQUASH_NOTIFY_URL"], given["SQUASH_NOTICE"].encode())
request.add_header("Content-Type", "application/json")
if given.get("SQUASH_TOKEN"):
    request.add_unredirected_header("Authorization", "Bearer " + given["SQUASH_TOKEN"])
try:
    opener = urllib.request.build_opener(Stay)
    with opener.open(request, timeout=float(given["SQUASH_SECONDS"])) as answer:
        print(answer.read(65536).decode(), answer.status, sep="\\n")
except urllib.error.HTTPError as refused:
    print(refused.reason, refused.code, sep="\\n")
except OSError as trouble:
    print(trouble, 0, sep="\\n")
'
else
    echo "the agent has neither curl nor python3: install one, or the HTTP Request plugin"
    echo 0
fi
''')
}

def postByPowerShell() {
    return powershell(label: 'Tell the QA dashboard', returnStdout: true, script: '''
$ProgressPreference = 'SilentlyContinue'
[Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor 3072
$headers = @{}
if ($env:SQUASH_TOKEN) { $headers['Authorization'] = "Bearer $env:SQUASH_TOKEN" }
try {
    $answer = Invoke-WebRequest -UseBasicParsing -Method Post -Uri $env:SQUASH_NOTIFY_URL -Headers $headers `
        -ContentType 'application/json' -Body $env:SQUASH_NOTICE -TimeoutSec $env:SQUASH_SECONDS -MaximumRedirection 0
    $answer.Content
    [int]$answer.StatusCode
} catch {
    $_.Exception.Message
    if ($_.Exception.Response) { [int]$_.Exception.Response.StatusCode } else { 0 }
}
''')
}

/** Local mode: the command runs on this agent, with its own database and output folder. */
def publishHere(Map wish) {
    if (!env.NODE_NAME) {
        return [trouble: 'local mode runs a command, so it needs an agent: call squashPublish() inside node { }.']
    }
    if (!isUnix()) {
        return [trouble: 'local mode needs a POSIX shell: use an agent that has one, or server mode (serverUrl).']
    }
    keepArtifacts(wish)
    Map outcome = [:]
    List variables = ['SQUASH_MODE=local', "SQUASH_FAIL_ON=${wish.gates}", "SQUASH_JUNIT=${wish.junit}",
        "SQUASH_TIMEOUT=${wish.patience}", "SQUASH_CONTROLLER=${wish.controller}",
        "SQUASH_POST_BUILD=${wish.script}", "SQUASH_STRICT=${wish.failOn.contains('error') ? 1 : 0}"]
    withEnv(variables) {
        if (wish.credentialsId) {
            withCredentials([string(credentialsId: wish.credentialsId, variable: wish.tokenVariable)]) {
                outcome = runHook()
            }
        } else {
            outcome = runHook()
        }
    }
    return outcome
}

/** Let Jenkins show the JUnit file that local mode wrote. */
def showTests(Map wish) {
    if (wish.mode == 'local' && wish.junit && env.NODE_NAME) {
        junit(testResults: wish.junit, allowEmptyResults: true)
    }
}

def runHook() {
    int status = sh(label: 'Publish to the QA dashboard', returnStatus: true, script: '''set +x
for hook in "$SQUASH_POST_BUILD" hooks/post_build.sh; do
    if [ -f "$hook" ]; then exec sh "$hook"; fi
done
if [ -n "${SQUASH_COMMAND:-}" ]; then
    found=$(command -v "$SQUASH_COMMAND") || { echo "SQUASH_COMMAND is not a command: $SQUASH_COMMAND"; exit 127; }
else # as post_build.sh does
    for candidate in squash-jenkins "${SQUASH_VENV:-/opt/squash}/bin/squash-jenkins" /opt/squash/bin/squash-jenkins; do
        found=$(command -v "$candidate") && break
    done
fi
[ -n "$found" ] || exit 127
set -- post-build --wait 0 --strict
for gate in $SQUASH_FAIL_ON; do set -- "$@" --fail-on "$gate"; done
[ -z "$SQUASH_JUNIT" ] || set -- "$@" --junit "$SQUASH_JUNIT"
[ -z "$SQUASH_CONTROLLER" ] || set -- "$@" --controller "$SQUASH_CONTROLLER"
set -f
for glob in $(printf %s "${SQUASH_FILES:-}" | tr , ' '); do set -- "$@" --files "$glob"; done
exec "$found" "$@"
''')
    return hookOutcome(status)
}

/** The server and the command read archived files; Jenkins serves them at once, before the build ends. */
def keepArtifacts(Map wish) {
    if (wish.artifacts && env.NODE_NAME) {
        archiveArtifacts(artifacts: wish.artifacts, allowEmptyArchive: true)
    }
}

@NonCPS
Map wishes(Map options, Map site) {
    List known = ['mode', 'serverUrl', 'dashboardUrl', 'credentialsId', 'controller', 'firstController',
        'artifacts', 'failOn', 'junit', 'script', 'timeout', 'title']
    Map given = [:]
    for (key in known) {
        given[key] = options?.get(key) != null ? options[key] : site[key]
    }
    String server = root(given.serverUrl)
    String mode = given.mode ?: (server ? 'server' : 'local')
    List failOn = listed(given.failOn)
    List remarks = []
    List unknown = (options?.keySet() ?: []).findAll { !known.contains(it.toString()) }.collect { it.toString() }
    if (unknown) {
        remarks.add('there is no parameter ' + unknown.join(', ') + '; there are ' + known.join(', ') + '.')
    }
    List gates = failOn.findAll { ['minimum', 'design', 'stretch', 'regression'].contains(it) }
    if (failOn.any { it != 'error' && !gates.contains(it) }) {
        remarks.add('failOn knows minimum, design, stretch, regression and error.')
    }
    String seconds = text(given.timeout)
    int limit = seconds.matches('[1-9][0-9]{0,5}') ? seconds.toInteger() : (mode == 'local' ? 900 : 60)
    String controller = text(given.controller)
    return [mode: mode == 'local' ? 'local' : 'server', serverUrl: server,
        dashboardUrl: root(given.dashboardUrl) ?: server,
        timeout: limit, patience: limit > 20 ? limit - 10 : limit,
        credentialsId: text(given.credentialsId), controller: controller, script: text(given.script),
        firstController: text(given.firstController) ?: controller, artifacts: listed(given.artifacts).join(','),
        failOn: failOn, gates: gates.join(' '), title: text(given.title) ?: 'QA dashboard',
        junit: given.junit == true ? 'squash-junit.xml' : given.junit ? text(given.junit) : '',
        tokenVariable: tokenVariable(controller ?: 'jenkins'),
        remark: remarks.join(' ')]
}

/** As config/tokens.py names it: shells take letters, digits and _ only. */
@NonCPS
String tokenVariable(String controller) {
    String name = controller.replaceAll('(?U)[\\W_]+', '_').replaceAll('^_|_$', '').toUpperCase()
    return 'SQUASH_CONTROLLERS__' + name + '__TOKEN'
}

@NonCPS
String text(Object value) { return value == null ? '' : value.toString().trim() }

/** A list, or a text with commas. */
@NonCPS
List listed(Object value) {
    List all = value instanceof Collection ? value.collect { it.toString() } : text(value).split(',').toList()
    return all.collect { it.trim() }.findAll { it }
}

/** A dollar sign would stand for a variable where the environment is set. */
@NonCPS
String root(Object value) {
    String url = text(value).replaceFirst('/+$', '')
    return url.matches('(?i)https?://[^\\s<>"\'`$\\\\]+') ? url : ''
}

/** The request's body; `more` is what Jenkins' API does not have: the node, the target of a pull request. */
@NonCPS
String noticeOf(String controller, String job, String number, String jenkins, Map more) {
    Map notice = [controller: controller, job: job, build: number.toInteger(), event: 'finalized',
        jenkins: jenkins ?: ''] + more.findAll { it.value }
    return JsonOutput.toJson(notice).replace('$', '\\u0024')
}

/** Split the output of a shell into the answer and, in its last line, the HTTP status. */
@NonCPS
Map parted(String printed) {
    String all = printed.trim()
    String last = all.substring(all.lastIndexOf('\n') + 1).trim()
    boolean status = last.matches('[0-9]{1,3}')
    return [status: status ? last.toInteger() : 0, text: status ? all.substring(0, all.length() - last.length()) : all]
}

/** The plugin reports a server that it cannot reach as a 404 or 408. */
@NonCPS
Map reached(int status, String content) {
    String reason = content.replaceFirst(' as (404 Not Found|408 Request Timeout)$', '')
    return [status: reason == content ? status : 0, text: reason]
}

@NonCPS
Map verdict(Map answer, String server) {
    if (answer.trouble) {
        return [trouble: answer.trouble]
    }
    int status = answer.status
    if (status == 202) {
        return [page: pageOf(answer.text)]
    }
    if (status == 0) {
        return [trouble: server + ' cannot be reached: ' + shown(answer.text)]
    }
    Map advice = [404: ': is serverUrl its root?']
    if (status < 300) { // a page to sign in, say: `squash-jenkins serve` answers 202 to what it queues
        advice[status] = ', but has not queued the build: is serverUrl its root?'
    }
    advice[401] = advice[403] = ': is credentialsId the id of a secret text with the server\'s token?'
    return [trouble: server + ' answers HTTP ' + status + (advice[status] ?: '')]
}

@NonCPS
String pageOf(String answer) {
    try {
        Object parsed = new JsonSlurper().parseText(answer)
        String page = parsed instanceof Map ? text(parsed.get('page')) : ''
        return page.matches('(?i)https?://[^\\s<>"]+') ? page : ''
    } catch (Exception noJson) { // the link is then made here
        return ''
    }
}

/** Return why failOn could not be checked, or nothing: silence must not be mistaken for "met". */
@NonCPS
String unchecked(Map wish, Map outcome) {
    if (!wish.gates || outcome.shown) {
        return ''
    }
    return outcome.trouble ?: "a server checks after the build has ended. Check here with mode: 'local', or leave it out."
}

@NonCPS
Map hookOutcome(int status) {
    if (status == 0) {
        return [shown: true]
    }
    if (status == 3) {
        return [shown: true, failed: 'a metric is worse than failOn allows, or could not be checked: see above.']
    }
    if (status == 127) {
        return [trouble: 'squash-jenkins is not on this agent: install it, say where it is (SQUASH_COMMAND), ' +
            'name post_build.sh as script, or give serverUrl to tell a server instead.']
    }
    return [trouble: 'the command ended with exit code ' + status + ', see above.']
}

@NonCPS
String shown(String message) {
    String line = text(message).replaceAll('\\s+', ' ').replaceFirst(' found among steps .*', '')
    return line.length() > 300 ? line.substring(0, 300) + ' …' : line
}

/** The page by the rule of links.py; for the few names that it hashes, the list of all jobs. */
@NonCPS
String pageUrl(Map wish, String job, String number) {
    if (!wish.dashboardUrl) {
        return ''
    }
    List parts = job.split('/', -1).toList()
    boolean first = wish.firstController == wish.controller
    String reserved = '(?ius)\\p{Nd}+(@.*)?|index\\.html|badges|plain|badge\\.svg'
    boolean plain = parts.every { readable(it) && !it.matches(reserved) } && byteCount(job) <= 400 &&
        (first || readable(wish.controller))
    if (!plain) {
        return wish.dashboardUrl + '/'
    }
    String prefix = first ? '' : 'at/' + quoted(wish.controller) + '/'
    return wish.dashboardUrl + '/' + prefix + 'jobs/' + parts.collect { quoted(it) }.join('/') + '/' + number + '/'
}

@NonCPS
boolean readable(String part) {
    String unsafe = '[\\x00-\\x1f\\x7f-\\x9f\\p{Cs}\\u2028\\u2029<>:"/\\\\|?*]'
    return byteCount(part) <= 100 && !part.matches('(?s)|[ .].*|.*[ .]|.*~[0-9a-f]{12}|.*' + unsafe + '.*')
}

@NonCPS
int byteCount(String part) { return quoted(part).replaceAll('%..', '.').length() }

@NonCPS
String quoted(String part) {
    return URLEncoder.encode(part, 'UTF-8').replace('+', '%20').replace('%2B', '+').replace('%3D', '=')
        .replace('%2C', ',').replace('%40', '@').replace('%7E', '~')
}

return this
