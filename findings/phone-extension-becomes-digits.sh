#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: the npm package `phone` returns the number without its extension, or says that the text is not valid.
# What happens: it drops whatever is no digit, extension included, and takes the digits for a number: "+1 (555)
#   123-4567 ext 9" is the valid +1 551 234 5679.
# Versions: phone 3.1.72
# For users of this collection: a number that was cleaned up with it before it reached a list can be somebody else's.
#   Read such lists with `phone_numbers_from_csv`, which refuses what it cannot read.
set -euo pipefail
sed -n '/^# Guess/,/^[^#]/s/^# //p' "$0"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund phone@3.1.72
cat > run.cjs <<'END'
const { phone } = require("phone");
for (const text of ["+1 (555) 123-4567 ext 9", "+1 (555) 123-4567"]) {
  const { isValid, phoneNumber } = phone(text);
  console.log(text, "->", isValid, phoneNumber);
}
END
seen=$(node run.cjs)

known=$(
  cat <<'END'
+1 (555) 123-4567 ext 9 -> true +15512345679
+1 (555) 123-4567 -> false null
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
