#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: JsSIP and SIP.js write a URI as they read it: sip:+15551234567;ext=9@example.com;user=phone.
# What happens: the semicolon and the equals sign of the telephone-subscriber are escaped, and the extension turns
#   into part of the number's text.
# Versions: jssip 3.13.8, sip.js 0.21.2
# For users of this collection: a SIP server that compares the user part finds no such number. Keep extensions out of
#   the user part, or rewrite it at the server.
set -euo pipefail
sed -n '/^# Guess/,/^[^#]/s/^# //p' "$0"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund jssip@3.13.8 sip.js@0.21.2
cat > run.cjs <<'END'
const uri = "sip:+15551234567;ext=9@example.com;user=phone";
console.log("jssip", require("jssip").URI.parse(uri).toString());
console.log("sip.js", require("sip.js").Grammar.URIParse(uri).toString());
END
seen=$(node run.cjs)

known=$(
  cat <<'END'
jssip sip:+15551234567%3Bext%3D9@example.com;user=phone
sip.js sip:+15551234567%3Bext%3D9@example.com;user=phone
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
