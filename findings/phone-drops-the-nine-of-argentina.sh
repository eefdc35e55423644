#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: `phone` returns a number that is valid in E.164 as it is.
# What happens: it removes the 9 that mobile numbers in Argentina have after the country code: +54 9 11 becomes +54
#   11, a landline's form.
# Versions: phone 3.1.72, libphonenumber-js 1.13.16
# For users of this collection: two spellings of one line are then two numbers for the API, and a fleet task with
#   purge deletes one of them. Keep the spelling that the carrier sends.
set -euo pipefail
sed -n '/^# Guess/,/^[^#]/s/^# //p' "$0"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund phone@3.1.72 libphonenumber-js@1.13.16
cat > run.cjs <<'END'
const { phone } = require("phone");
const parse = require("libphonenumber-js/max").default;
const number = "+5491112345678";
console.log("phone", phone(number).phoneNumber);
console.log("libphonenumber-js", parse(number).number, parse(number).getType(), parse("+541112345678").getType());
END
seen=$(node run.cjs)

known=$(
  cat <<'END'
phone +541112345678
libphonenumber-js +5491112345678 MOBILE FIXED_LINE
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
