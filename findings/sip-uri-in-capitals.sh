#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: parsers of SIP URIs take the scheme in any case, as RFC 3261 says: SIP:Alice@example.com is valid.
# What happens: the npm packages sip and drachtio-srf return nothing for it; JsSIP and SIP.js read it.
# Versions: sip 0.0.6, drachtio-srf 5.0.29, jssip 3.13.8, sip.js 0.21.2
# For users of this collection: addresses in logs and call records of other systems may be written so. Lower the
#   scheme before you parse.
set -euo pipefail
sed -n '/^# Guess/,/^[^#]/s/^# //p' "$0"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund sip@0.0.6 drachtio-srf@5.0.29 jssip@3.13.8 sip.js@0.21.2
cat > run.cjs <<'END'
const uri = "SIP:Alice@example.com:5060";
const parsers = {
  "sip": require("sip").parseUri,
  "drachtio-srf": require("drachtio-srf").parseUri,
  "jssip": (text) => require("jssip").URI.parse(text),
  "sip.js": (text) => require("sip.js").Grammar.URIParse(text),
};
for (const [name, parse] of Object.entries(parsers)) console.log(name, parse(uri)?.user);
END
seen=$(node run.cjs)

known=$(
  cat <<'END'
sip undefined
drachtio-srf undefined
jssip Alice
sip.js Alice
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
