#!/bin/sh
# Set-up: a virtual environment in .venv, the locked dependencies, and a Chromium. Quick the second time.
set -eu
cd "$(dirname "$0")/.."
python="${PYTHON:-python3}"

say() { printf '%s\n' "set-up: $*"; }
fail() { printf '%s\n' "set-up: $*" >&2; exit 1; }

command -v "$python" >/dev/null 2>&1 || fail "there is no $python; install Python 3.11 or later"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "$("$python" --version) is too old; install Python 3.11 or later, or say make PYTHON=python3.12"

if [ ! -x .venv/bin/python ]; then
    say "making .venv"
    if ! "$python" -m venv .venv >/dev/null 2>&1; then
        rm -rf .venv
        # Debian keeps what venv needs in a package of its own.
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
            say "installing python3-venv"
            apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null
            "$python" -m venv .venv
        else
            fail "Python's venv does not work; on Debian and Ubuntu: sudo apt-get install python3-venv"
        fi
    fi
fi

wanted="$(cat requirements.lock pyproject.toml | cksum)"
if [ "$(cat .venv/.locked 2>/dev/null || true)" != "$wanted" ]; then
    say "installing the locked dependencies (a minute or two the first time)"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
        -r requirements.lock
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
    printf '%s' "$wanted" > .venv/.locked
fi

.venv/bin/python tools/browser.py

# Real parts for the tests: the store's on PostgreSQL, the mailbox's on Dovecot, scans by Tesseract.
missing=""
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 || missing="$missing postgresql"
command -v dovecot >/dev/null 2>&1 || [ -x /usr/sbin/dovecot ] || missing="$missing dovecot-imapd"
command -v tesseract >/dev/null 2>&1 || missing="$missing tesseract-ocr"
if [ -n "$missing" ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        say "installing$missing, for tests"
        # shellcheck disable=SC2086 - a list of packages
        { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
            $missing; } >/dev/null 2>&1 || say "$missing could not be installed: their tests will fail"
    else
        say "not here:$missing; their tests will fail (on Debian: sudo apt-get install$missing)"
    fi
fi

say "the command is .venv/bin/rpa; to type it as rpa: . .venv/bin/activate"
