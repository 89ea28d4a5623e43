#!/usr/bin/env bash
# What the tests need beyond Python packages: headless Chromium for the browser stories, and a PostgreSQL server for
# the control store's second database. Debian and Ubuntu; does nothing where both are there. A tool that cannot be had
# stops the test command here, with what to install, rather than in the middle of it.
set -euo pipefail

missing=()
[ -n "${ROWCOL_CHROMIUM:-}" ] || command -v chromium >/dev/null || command -v chromium-browser >/dev/null ||
  command -v google-chrome >/dev/null || missing+=(chromium)
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing+=(postgresql)
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
  echo "the tests need: ${missing[*]}; please install them and try again" >&2
  exit 1
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "please install as root: apt-get install ${missing[*]}" >&2; exit 1; }
  as_root=(sudo)
fi
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
