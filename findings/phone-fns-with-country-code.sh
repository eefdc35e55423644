#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: the npm package phone-fns takes the +1 of a North American number off, or says that the number is not valid.
# What happens: it takes the first ten digits, the 1 included: the area code of +1 212 555 0123 is 121, and `isValid`
#   is true; for a number of Germany too.
# Versions: phone-fns 4.1.2
# For users of this collection: a number that went through it comes back as another one. Store E.164, and use a
#   library that knows country codes.
set -euo pipefail
sed -n '/^# Guess/,/^[^#]/s/^# //p' "$0"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund phone-fns@4.1.2
cat > run.cjs <<'END'
const { breakdown, isValid } = require("phone-fns");
for (const number of ["(212) 555-0123", "+1 212 555 0123", "+49 30 555001"]) {
  const { areaCode, localCode, lineNumber, extension } = breakdown(number);
  console.log(number, isValid(number), areaCode, localCode, lineNumber, extension || "-");
}
END
seen=$(node run.cjs)

known=$(
  cat <<'END'
(212) 555-0123 true 212 555 0123 -
+1 212 555 0123 true 121 255 5012 3
+49 30 555001 true 493 055 5001 -
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
