#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: `parse_uri` of aiosipua reads the user of sip:+15551234567;ext=9@example.com, a telephone number with a
#   parameter, as RFC 3261 allows it.
# What happens: there is no user; the number is taken for the host, and the parameter ext is 9@example.com. The URI is
#   written as it was read, so a round trip hides it.
# Versions: aiosipua 0.7.1
# For users of this collection: a test agent that is built with it calls a host of that name. Send numbers without
#   parameters in the user part.
set -euo pipefail
sed -n '/^# Guess/,/^[^#]/s/^# //p' "$0"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3.13 -m venv venv
venv/bin/pip install -qq aiosipua==0.7.1
cat > run.py <<'END'
from aiosipua import parse_uri
for text in ("sip:+15551234567@example.com;user=phone", "sip:+15551234567;ext=9@example.com"):
    uri = parse_uri(text)
    print(f"user {uri.user}, host {uri.host}, parameters {uri.params}")
END
seen=$(venv/bin/python run.py)

known=$(
  cat <<'END'
user +15551234567, host example.com, parameters {'user': 'phone'}
user None, host +15551234567, parameters {'ext': '9@example.com'}
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
