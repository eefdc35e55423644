#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: vcard-parser returns the value of TEL;VALUE=uri as one text, and ical.js writes the text "+49 30 1234\;5" as
#   it read it.
# What happens: vcard-parser cuts the URI at its semicolon into two values; ical.js takes a TEL without VALUE for a
#   URI, also in version 4.0 in which it is a text, and escapes the backslash again.
# Versions: vcard-parser 1.0.0, ical.js 2.2.1
# For users of this collection: numbers with an extension come out of a directory in another form, differently for
#   each library.
set -euo pipefail
sed -n '/^# Guess/,/^[^#]/s/^# //p' "$0"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund vcard-parser@1.0.0 ical.js@2.2.1
cat > run.cjs <<'END'
const card = (tel) => ["BEGIN:VCARD", "VERSION:4.0", "FN:Front desk", tel, "END:VCARD", ""].join("\r\n");
console.log("vcard-parser", JSON.stringify(require("vcard-parser").parse(card("TEL;VALUE=uri:tel:+1-555-123-4567;ext=9")).tel[0].value));
const ICAL = require("ical.js").default ?? require("ical.js");
console.log("ical.js", ICAL.stringify(ICAL.parse(card("TEL:+49 30 1234\\;5"))).split("\r\n")[3]);
END
seen=$(node run.cjs)

known=$(
  cat <<'END'
vcard-parser ["tel:+1-555-123-4567","ext=9"]
ical.js TEL:+49 30 1234\\;5
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
