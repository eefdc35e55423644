#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: `URI.parse` of sipmessage reads a SIP URI with headers, as in Refer-To for an attended transfer.
# What happens: it raises ValueError: whatever follows the question mark is refused.
# Versions: sipmessage 0.7.1
# For users of this collection: a tool that looks into transfers to a number fails on the attended ones.
set -euo pipefail
sed -n '/^# Guess/,/^[^#]/s/^# //p' "$0"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3.13 -m venv venv
venv/bin/pip install -qq sipmessage==0.7.1
cat > run.py <<'END'
from sipmessage import URI
for uri in ("sip:+15551234567@example.com;user=phone", "sip:+15551234567@example.com?Replaces=12345%40example.com"):
    try:
        print(URI.parse(uri).user)
    except ValueError as exc:
        print("ValueError:", exc)
END
seen=$(venv/bin/python run.py)

known=$(
  cat <<'END'
+15551234567
ValueError: URI is not valid
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
