#!/bin/sh
# Makes .venv and installs one lock into it: requirements/install.sh embedded|dev
# Needs a Python of 3.11 or newer, nothing else. PYTHON names one to be used.
set -eu
cd "$(dirname "$0")/.."
lock=requirements/$1.txt
log=.venv/install-$1.log
began=$(date +%s)

say() { printf '%s\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

find_python() {
    for candidate in "${PYTHON:-}" python3.11 python3.12 python3.13 python3.14 python3 python; do
        if [ -n "$candidate" ] && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    return 1
}

explain() {
    if grep -qi 'no space left' "$log"; then
        fail "The disk is full: Deal Finder wants about 2 GB for what it installs. Make room and run this again."
    elif grep -qiE 'NewConnectionError|ConnectTimeout|ReadTimeout|name resolution|Network is unreachable|ProxyError' "$log"; then
        fail "The packages could not be downloaded. Check the network connection and run this again; $log has the details."
    fi
    tail -n 3 "$log" >&2
    fail "The packages could not be installed; $log has the details."
}

# Shows how far pip is: it names each package once on a line that begins with "Collecting".
follow() {
    awk -v total="$1" '
        /^Collecting / { seen += 1; if (seen % 20 == 0) { printf "  %d of %d packages found\n", seen, total; fflush() } }
        /^Installing collected/ { printf "  unpacking\n"; fflush() }
    '
}

# install TOTAL PIP-ARGUMENTS…
install() {
    total=$1
    shift
    # Byte code is made when it is first needed: most of what is installed is never imported.
    { .venv/bin/python -m pip install --no-compile --no-input --disable-pip-version-check --progress-bar off "$@" 2>&1 \
        || touch "$log.failed"; } | tee -a "$log" | follow "$total"
    if [ -e "$log.failed" ]; then
        rm -f "$log.failed"
        explain
    fi
}

if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
    python=$(find_python) || fail "Deal Finder needs Python 3.11 or newer, and none was found here; install one, or name it: PYTHON=/path/to/python make run"
    say "Making a virtual environment in .venv with $("$python" --version) …"
    rm -rf .venv
    "$python" -m venv .venv >.venv.log 2>&1 || {
        cat .venv.log >&2
        rm -rf .venv .venv.log
        fail "The virtual environment could not be made; on Debian and Ubuntu install the package python3-venv first."
    }
    rm -f .venv.log
fi
: >"$log"
rm -f "$log.failed"

has_torch() { .venv/bin/python -c 'import importlib.util, sys; sys.exit(not importlib.util.find_spec("torch"))'; }
if has_torch; then wanted=300; else wanted=2000; fi
free=$(df -Pk .venv | awk 'NR == 2 { print int($4 / 1024) }')
if [ "$free" -lt "$wanted" ]; then
    fail "The disk is nearly full ($free MB left): Deal Finder wants $wanted MB for what it installs. Make room and run this again."
fi

if ! has_torch; then
    say "Installing PyTorch …"
    install 10 -r requirements/torch.txt -c "$lock"
fi
count=$(grep -c '==' "$lock")
say "Installing $count packages …"
# The lock is complete, so that there is nothing to resolve.
install "$count" --no-deps -r "$lock"

# The project itself is found from wherever a command of .venv is started.
site=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
pwd -P >"$site/dealfinder.pth"
say "Installed in $(($(date +%s) - began)) s."
