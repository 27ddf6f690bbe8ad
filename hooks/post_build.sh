#!/bin/sh
# The last step of a freestyle or matrix job: ingests this build's quality metrics.
#
#     sh hooks/post_build.sh          (as an "Execute shell" step, after the files are written)
#
# It exits with 0 whatever happens, unless SQUASH_FAIL_ON or SQUASH_STRICT is set, stops after
# SQUASH_TIMEOUT, and prints the link to the dashboard last. It needs a POSIX shell and nothing else.
# It takes no arguments, but variables of the job or of the whole Jenkins:
#
#   SQUASH_SERVER_URL   root of `squash-jenkins serve`, which gets a webhook request and ingests the build.
#                       Without it the command squash-jenkins runs here, with the settings here.
#   SQUASH_MODE         server or local; default: server where SQUASH_SERVER_URL is set
#   SQUASH_TOKEN        server: the token of the server for Jenkins; or SQUASH_TOKEN_FILE, a file that
#                       contains it
#   SQUASH_CONTROLLER   name of this Jenkins in squash.toml; default: the first there
#   SQUASH_SETTINGS     local: the settings file; default: squash.toml in the workspace
#   SQUASH_FAIL_ON      local: what fails the build: minimum, design, stretch, regression. If it
#                       could not be checked, for whatever reason, the script says so and the build fails, too
#   SQUASH_FILES        local: QA files in the workspace as globs, such as out/*.json, read as long as Jenkins has
#                       archived none; default: artifacts of [[jobs]] in the settings
#   SQUASH_JUNIT        local: JUnit file to write, for "Publish JUnit test result report"
#   SQUASH_AFTER        local: seconds within which a second run, in the background, waits for the end of the
#                       build and reads what is archived after this step; default: 0, none. What it says goes
#                       into the file SQUASH_AFTER_LOG, by default nowhere
#   SQUASH_STRICT       1: exit with a status other than 0 when the build could not be ingested
#   SQUASH_TIMEOUT      seconds after which it stops; default: 120
#   SQUASH_COMMAND      local: path of squash-jenkins; default: the one in PATH, in SQUASH_VENV,
#                       in /opt/squash/bin
#   SQUASH_BOOTSTRAP    local: what pip installs when the command is missing, such as the path of a wheel
#                       or squash-jenkins==0.1.0, once, in a virtual environment of its own below SQUASH_VENV
#                       (default: ~/.cache/squash-jenkins), with SQUASH_PYTHON (python3), within
#                       SQUASH_BOOTSTRAP_TIMEOUT seconds (600)
#   SQUASH_DASHBOARD_URL, SQUASH_TITLE   link to use when the page of the build is not known
#   SQUASH_ENABLED      false: do nothing
{ set +exu; } 2>/dev/null # a trace would show the token, a failing test would end the build
usual=$(umask)
umask 077 # nobody else may read the files made here

say() { printf 'squash-jenkins: %s\n' "$*" >&2; }

# Exit with the status if SQUASH_STRICT is set, otherwise with 0.
finish() {
    case $1:${SQUASH_STRICT:-} in
    0:* | *: | *:0 | *:false) exit 0 ;;
    *) exit "$1" ;;
    esac
}

# Print the link that Jenkins makes clickable: the page, or the dashboard as a whole.
link() {
    page=${1:-${SQUASH_DASHBOARD_URL:-${SQUASH_SERVER_URL:-}}}
    case $page in
    http://* | https://*) printf '%s: %s\n' "${SQUASH_TITLE:-QA dashboard}" "$page" ;;
    esac
}

give_up() {
    [ -z "${SQUASH_FAIL_ON:-}" ] || not_checked "$2"
    say "warning: $2 The build's result stays as it is."
    link
    finish "$1"
}

# Silence must not look like a limit that was met.
not_checked() {
    say "NOT CHECKED against SQUASH_FAIL_ON=$SQUASH_FAIL_ON, so the build fails: $1"
    link "${2:-}"
    exit 3
}

# A number of seconds, or the default.
seconds() {
    case $1 in
    '' | 0* | *[!0-9]* | ???????*) echo "$2" ;;
    *) echo "$1" ;;
    esac
}

running=
watching=
# Stopping this script also stops what it started.
trap '{ kill $running; kill -9 $watching; } 2>/dev/null; exit 143' TERM INT HUP

# Run a command for a limited number of seconds; 124 when it had to be stopped. `timeout` is not
# available everywhere. The watching process keeps no file of the build open, so nobody waits for it.
# It is ended by a signal that no shell loses: dash and BusyBox drop one that arrives before they have
# reset the traps of a new process. Its naps are short, as the last of them outlives it.
within() {
    limit=$1
    shift
    exec 3<&0
    "$@" <&3 3<&- &
    running=$!
    exec 3<&-
    (
        naps=0
        while [ "$naps" -lt "$limit" ]; do
            sleep 1
            kill -0 "$running" || exit 1
            naps=$((naps + 1))
        done
        kill "$running" || exit 1
        sleep 5
        kill -9 "$running"
    ) </dev/null >/dev/null 2>&1 &
    watching=$!
    wait "$running" 2>/dev/null
    status=$?
    running=
    { kill -9 "$watching" && wait "$watching"; } 2>/dev/null
    watching=
    case $status in 143 | 137) status=124 ;; esac
    return "$status"
}

# --- server mode ---------------------------------------------------------------------------------

# Text for a JSON string; Jenkins allows no control characters in names.
escaped() { printf %s "$1" | LC_ALL=C tr -d '\000-\037\177' | LC_ALL=C sed 's/[\\"]/\\&/g'; }

request_body() {
    printf '{"controller":"%s","job":"%s","build":%s,"event":"finalized","jenkins":"%s"' \
        "$(escaped "${SQUASH_CONTROLLER:-}")" "$(escaped "$JOB_NAME")" "$BUILD_NUMBER" \
        "$(escaped "${JENKINS_URL:-}")"
    member node "${NODE_NAME:-}"
    # Jenkins' API does not name the target of a pull request.
    member BRANCH_NAME "${BRANCH_NAME:-}"
    member BRANCH_IS_PRIMARY "${BRANCH_IS_PRIMARY:-}"
    member CHANGE_ID "${CHANGE_ID:-}"
    member CHANGE_TARGET "${CHANGE_TARGET:-}"
    member CHANGE_URL "${CHANGE_URL:-}"
    printf '}'
}

# A member of the JSON object, unless its value is empty.
member() { [ -z "$2" ] || printf ',"%s":"%s"' "$1" "$(escaped "$2")"; }

# The token goes through a pipe, as everybody on this machine can see command lines. Each of these
# takes the body and the address, and prints the answer and, in the last line, its HTTP status.
by_curl() {
    { [ -z "$token" ] || printf 'header = "Authorization: Bearer %s"\n' "$token"; } |
        within "$time" curl -q --silent --show-error --max-time "$time" --config - --data "$1" \
            --header 'Content-Type: application/json' --write-out '\n%{http_code}\n' "$2" 2>&1
}

by_python() {
    printf '%s\n' "$token" | within "$time" "$python" -c '
import os
import sys
import urllib.error
import urllib.request

class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments):
        return None

body, url, seconds = sys.argv[1:]
token = sys.stdin.readline().strip()
request = urllib.request.Request(url, os.fsencode(body))
request.add_header("Content-Type", "application/json")
if token:
    request.add_unredirected_header("Authorization", "Bearer " + token)
try:
    with urllib.request.build_opener(Stay).open(request, timeout=float(seconds)) as answer:
        print(answer.read(65536).decode("ascii", "replace"), answer.status, sep="\n")
except urllib.error.HTTPError as refused:
    print(refused.reason, refused.code, sep="\n")
except (OSError, ValueError) as trouble:
    print(trouble, 0, sep="\n")
' "$1" "$2" "$time"
}

by_wget() {
    config=$(mktemp) || return # readable for this user alone; wget reads no settings from a pipe
    [ -z "$token" ] || printf 'header = Authorization: Bearer %s\n' "$token" >"$config"
    trap 'rm -f "$config"' EXIT
    within "$time" env WGETRC="$config" wget --no-verbose --tries=1 --max-redirect=0 \
        --timeout="$time" --server-response --header='Content-Type: application/json' \
        --post-data="$1" --output-document=- "$2" </dev/null 2>&1 | with_status_last
    rm -f "$config"
}

# wget prints the status among the header lines, which begin with blanks.
with_status_last() {
    code=0
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in
        "  HTTP/"*) code=$(printf '%s' "$line" | sed 's|^ *HTTP/[0-9.]* \([0-9]*\).*|\1|') ;;
        "  "*) ;;
        *) printf '%s\n' "$line" ;;
        esac
    done
    printf '\n%s\n' "$code"
}

read_token() {
    token=${SQUASH_TOKEN:-}
    if [ -z "$token" ] && [ -n "${SQUASH_TOKEN_FILE:-}" ]; then
        [ -r "$SQUASH_TOKEN_FILE" ] || give_up 1 "SQUASH_TOKEN_FILE cannot be read: $SQUASH_TOKEN_FILE."
        IFS= read -r token <"$SQUASH_TOKEN_FILE" || :
    fi
    case $token in
    *[!A-Za-z0-9._~+/=:-]*) give_up 1 "the token contains characters that no token has." ;;
    esac
}

post() {
    python=${SQUASH_PYTHON:-python3}
    if command -v curl >/dev/null 2>&1; then
        by_curl "$@"
    elif command -v "$python" >/dev/null 2>&1; then
        by_python "$@"
    elif wget --version 2>/dev/null | grep -q 'GNU Wget'; then
        by_wget "$@" # BusyBox wget takes the token on its command line only
    else
        echo "this machine has neither curl nor python3 nor GNU wget: install one"
    fi
}

advice() {
    case $1 in
    401 | 403) echo " Does SQUASH_TOKEN (or SQUASH_TOKEN_FILE) hold a token of this server?" ;;
    2* | 3* | 404) echo " Is SQUASH_SERVER_URL its root, without a sign-in page of a proxy?" ;;
    esac
}

notify_server() {
    case $SQUASH_SERVER_URL in
    http://* | https://*) ;;
    *) give_up 1 "SQUASH_SERVER_URL must be the http(s) address of \`squash-jenkins serve\`." ;;
    esac
    read_token
    answer=$(post "$(request_body)" "${SQUASH_SERVER_URL%/}/api/notify/")
    status=$(printf '%s\n' "$answer" | sed -n '$p')
    case $status in
    202) ;; # queued; anything else there, such as a sign-in page, answers 200 to everything
    [1-9][0-9][0-9]) give_up 1 "$SQUASH_SERVER_URL answers HTTP $status, not 202 (queued).$(advice "$status")" ;;
    *) give_up 1 "$SQUASH_SERVER_URL cannot be reached: $(printf '%s' "$answer" | tr -s '\n\r' '  ' | cut -c1-200)." ;;
    esac
    echo "$SQUASH_SERVER_URL has queued $JOB_NAME #$BUILD_NUMBER and ingests it when it is over."
    page=$(printf '%s' "$answer" | tr -d '\n' | sed -n 's|.*"page" *: *"\(https\{0,1\}://[^"\\]*\)".*|\1|p')
    [ -z "${SQUASH_FAIL_ON:-}" ] ||
        not_checked "a server checks after the build has ended. Check here with SQUASH_MODE=local, or unset it." "$page"
    link "$page"
    exit 0
}

# --- local mode ----------------------------------------------------------------------------------

# Whether a process of this machine has ended; nothing is known about those of other machines.
is_gone() {
    [ "${1%:*}" = "$(uname -n)" ] && ! kill -0 "${1##*:}" 2>/dev/null
}

# One build at a time makes the environment. The lock of a process that was killed, or one older than
# any attempt may take, is ignored.
take_lock() {
    mine=$home/.lock.$$
    printf '%s:%s\n' "$(uname -n)" "$$" >"$mine" || return 1
    waited=0
    until ln "$mine" "$home/lock" 2>/dev/null; do
        owner=$(cat "$home/lock" 2>/dev/null)
        old=$(find "$home/lock" -mmin "+$((limit_of_making / 30 + 1))" 2>/dev/null)
        if [ -n "$owner" ] && { is_gone "$owner" || [ -n "$old" ]; }; then
            mv -f "$home/lock" "$home/.gone.$$" 2>/dev/null
            # Another build was faster and holds it now: give it back.
            [ "$(cat "$home/.gone.$$" 2>/dev/null)" = "$owner" ] || ln "$home/.gone.$$" "$home/lock" 2>/dev/null
            rm -f "$home/.gone.$$"
            continue
        fi
        [ "$waited" -lt "$limit_of_making" ] || { rm -f "$mine"; return 1; }
        [ "$waited" -gt 0 ] || say "waiting: another build is installing squash-jenkins."
        sleep 1
        waited=$((waited + 1))
    done
    rm -f "$mine"
}

# Remove what killed attempts left behind.
sweep() {
    for left in "$home"/venv.*; do
        [ -d "$left" ] || continue
        maker=${left##*/venv.}
        grep -qsxF "$left" "$home"/ready.* && continue
        is_gone "$(uname -n):${maker%%.*}" && rm -rf "$left"
    done
    for left in "$home"/.lock.*; do
        is_gone "$(uname -n):${left##*.lock.}" && rm -f "$left"
    done
}

make_environment() {
    fresh=$home/venv.$$.$1
    rm -rf "$fresh"
    if within "$limit_of_making" "$python" -m venv "$fresh" >&2 &&
        within "$limit_of_making" "$fresh/bin/python" -m pip install --quiet --no-input \
            --disable-pip-version-check "$SQUASH_BOOTSTRAP" >&2 &&
        [ -x "$fresh/bin/squash-jenkins" ]; then
        # The name is written last and in one step, so nobody ever sees half an environment.
        printf '%s\n' "$fresh" >"$home/.ready.$$" && mv -f "$home/.ready.$$" "$home/ready.$1"
    else
        rm -rf "$fresh"
    fi
}

# Set `found` to the command of the environment for this requirement, if it is complete.
look_up() {
    IFS= read -r folder 2>/dev/null <"$home/ready.$1" || return 1
    [ -x "$folder/bin/squash-jenkins" ] && found=$folder/bin/squash-jenkins
}

bootstrap() {
    home=${SQUASH_VENV:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/squash-jenkins}
    python=${SQUASH_PYTHON:-python3}
    limit_of_making=$(seconds "${SQUASH_BOOTSTRAP_TIMEOUT:-}" 600)
    key=$(printf %s "$SQUASH_BOOTSTRAP" | cksum | tr -c '0-9\n' .)
    { [ -f "$home/ready.$key" ] && look_up "$key"; } && return
    { mkdir -p "$home" && take_lock; } || give_up 127 "squash-jenkins cannot be installed in $home."
    if ! { [ -f "$home/ready.$key" ] && look_up "$key"; }; then
        say "installing $SQUASH_BOOTSTRAP in $home for this and the next builds."
        sweep
        make_environment "$key" </dev/null
    fi
    rm -f "$home/lock"
    { [ -f "$home/ready.$key" ] && look_up "$key"; } ||
        give_up 127 "$SQUASH_BOOTSTRAP could not be installed in $home."
}

find_command() {
    if [ -n "${SQUASH_COMMAND:-}" ]; then
        found=$(command -v "$SQUASH_COMMAND") || give_up 127 "SQUASH_COMMAND is not a command: $SQUASH_COMMAND."
        return
    fi
    [ -z "${SQUASH_BOOTSTRAP:-}" ] || { bootstrap; return; }
    for candidate in squash-jenkins "${SQUASH_VENV:-/opt/squash}/bin/squash-jenkins" /opt/squash/bin/squash-jenkins; do
        found=$(command -v "$candidate") && return
    done
    give_up 127 "the command squash-jenkins is missing: install it, set SQUASH_COMMAND or SQUASH_BOOTSTRAP, or use a server (SQUASH_SERVER_URL)."
}

# Read the build once more when it is over, in a process that outlives it. Jenkins ends what a build
# leaves running, which it recognises by these variables as they were when a program started, and
# waits for whatever keeps its output open. That process has a time limit, too.
again_later() {
    patience=$(seconds "${SQUASH_AFTER:-}" 0)
    [ "$patience" -gt 0 ] || return
    set -- post-build --wait "$patience"
    [ -z "${SQUASH_CONTROLLER:-}" ] || set -- "$@" --controller "$SQUASH_CONTROLLER"
    (
        trap '' HUP
        # shellcheck disable=SC2016 # the other shell expands them
        exec env BUILD_ID=dontKillMe JENKINS_NODE_COOKIE=dontKillMe sh -c '
            limit=$1
            shift
            "$@" &
            running=$!
            (
                naps=0
                while [ "$naps" -lt "$limit" ]; do
                    sleep 1
                    kill -0 "$running" || exit
                    naps=$((naps + 1))
                done
                kill "$running"
                sleep 5
                kill -9 "$running"
            ) >/dev/null 2>&1 &
            watching=$!
            wait "$running"
            kill -9 "$watching"
        ' squash-jenkins "$((patience + time))" "$found" "$@"
    ) </dev/null >>"${SQUASH_AFTER_LOG:-/dev/null}" 2>&1 &
    echo "The build is read once more when it is over, within $patience s."
}

publish_here() {
    find_command
    umask "$usual" # the web server reads the pages
    again_later
    set -- post-build --wait 0 --strict
    set -f # what fails the build is words, not patterns
    for limit in $(printf %s "${SQUASH_FAIL_ON:-}" | tr , ' '); do set -- "$@" --fail-on "$limit"; done
    for glob in $(printf %s "${SQUASH_FILES:-}" | tr , ' '); do set -- "$@" --files "$glob"; done
    set +f
    [ -z "${SQUASH_JUNIT:-}" ] || set -- "$@" --junit "$SQUASH_JUNIT"
    [ -z "${SQUASH_CONTROLLER:-}" ] || set -- "$@" --controller "$SQUASH_CONTROLLER"
    within "$time" "$found" "$@" </dev/null
    status=$?
    case $status in
    0) exit 0 ;;
    3) [ -z "${SQUASH_FAIL_ON:-}" ] || exit 3 ;;
    124) give_up 124 "stopped after $time s." ;;
    esac
    give_up "$status" "the build could not be ingested (status $status)."
}

main() {
    case ${SQUASH_ENABLED:-} in false | 0) exit 0 ;; esac
    time=$(seconds "${SQUASH_TIMEOUT:-}" 120)
    if [ -z "${BUILD_URL:-}" ] || [ -n "${SQUASH_SERVER_URL:-}" ]; then
        case ${JOB_NAME:-}:${BUILD_NUMBER:-} in
        :* | *: | *[!0-9]) give_up 2 "JOB_NAME and BUILD_NUMBER are not set: this is a step of a Jenkins job." ;;
        esac
    fi
    case ${SQUASH_MODE:-}:${SQUASH_SERVER_URL:-} in
    local:* | :) publish_here ;;
    *) notify_server ;;
    esac
}

main
