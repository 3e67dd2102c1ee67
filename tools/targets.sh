#!/bin/sh
# Set-up of the real systems that `make targets` drives: Request Tracker by apt, Django by pip, libraries by npm.
# Quick the second time. Nothing is served from here and nothing outside .targets/ is written, but for Debian packages.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "targets: $*"; }
fail() { printf '%s\n' "targets: $*" >&2; exit 2; }

server=/usr/share/request-tracker5/libexec/rt-server
packages="request-tracker5 rt5-db-sqlite rt5-standalone"
if [ ! -x "$server" ]; then
    command -v apt-get >/dev/null 2>&1 || fail "Request Tracker 5 is not here, and this is no Debian to install it on"
    [ "$(id -u)" = 0 ] || fail "Request Tracker 5 is not here; sudo apt-get install --no-install-recommends $packages"
    say "installing Request Tracker 5 (about a minute)"
    export DEBIAN_FRONTEND=noninteractive
    log="$(mktemp)"
    # shellcheck disable=SC2086  # several packages
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends $packages; } >"$log" 2>&1 ||
        { tail -5 "$log" >&2; fail "apt-get could not install $packages: is there a network?"; }
    rm -f "$log"
fi

mkdir -p .targets
wanted="$(grep ^targets pyproject.toml | cksum)"
if [ "$(cat .targets/.python 2>/dev/null || true)" != "$wanted" ]; then
    say "installing Django"
    .venv/bin/python -m venv .targets/python
    .venv/bin/uv pip install --quiet --python .targets/python/bin/python --group targets ||
        fail "pip could not install the group targets of pyproject.toml: is there a network?"
    printf '%s' "$wanted" > .targets/.python
fi

command -v npm >/dev/null 2>&1 || fail "npm is not here; install Node.js 20 or later"
libraries=tests/targets/libraries
wanted="$(cat "$libraries"/package.json "$libraries"/*.jsx | cksum)"
if [ "$(cat .targets/.npm 2>/dev/null || true)" != "$wanted" ]; then
    say "installing the libraries (half a minute)"
    cp "$libraries/package.json" .targets/package.json
    (cd .targets && npm install --no-package-lock --ignore-scripts --no-audit --no-fund --silent) ||
        fail "npm could not install $libraries/package.json: is there a network?"
    NODE_PATH="$PWD/.targets/node_modules" .targets/node_modules/.bin/esbuild "$libraries"/*.jsx --bundle --minify --jsx=automatic \
        --define:process.env.NODE_ENV='"production"' --outdir=.targets/built --log-level=warning
    printf '%s' "$wanted" > .targets/.npm
fi
