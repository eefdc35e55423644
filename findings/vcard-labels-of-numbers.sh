#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: the npm package vcf keeps the names of properties that it does not know, such as X-ABLabel, with which
#   address books label a number.
# What happens: it writes item1.X-AB-LABEL, which no address book knows: the label of the number is lost.
# Versions: vcf 2.1.2
# For users of this collection: labels such as "night desk" do not survive a round trip, and cannot be used to find
#   the number again.
set -euo pipefail
sed -n '/^# Guess/,/^[^#]/s/^# //p' "$0"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund vcf@2.1.2
cat > run.cjs <<'END'
const VCard = require("vcf");
const lines = ["BEGIN:VCARD", "VERSION:4.0", "FN:Front desk", "item1.TEL:+4930555001", "item1.X-ABLabel:Night desk", "END:VCARD"];
console.log(new VCard().parse(lines.join("\r\n") + "\r\n").toString().split("\r\n").filter((line) => line.startsWith("item1")).join("\n"));
END
seen=$(node run.cjs)

known=$(
  cat <<'END'
item1.TEL:+4930555001
item1.X-AB-LABEL:Night desk
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
