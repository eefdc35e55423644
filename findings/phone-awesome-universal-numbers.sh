#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: awesome-phonenumber is Google's library, compiled: what that calls valid is valid for it.
# What happens: numbers that belong to no country (+800 freephone, +883 networks) are valid for google-libphonenumber
#   and libphonenumber-js, and not for awesome-phonenumber, which returns no E.164 form either.
# Versions: awesome-phonenumber 7.8.0, google-libphonenumber 3.2.47, libphonenumber-js 1.13.16
# For users of this collection: a check in a web form refuses numbers that the platform accepts.
set -euo pipefail
sed -n '/^# Guess/,/^[^#]/s/^# //p' "$0"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund awesome-phonenumber@7.8.0 google-libphonenumber@3.2.47 libphonenumber-js@1.13.16
cat > run.cjs <<'END'
const google = require("google-libphonenumber").PhoneNumberUtil.getInstance();
const { parsePhoneNumber } = require("awesome-phonenumber");
const parse = require("libphonenumber-js/max").default;
for (const number of ["+80012345678", "+883510001234567", "+442079460958"]) {
  console.log(number, google.isValidNumber(google.parse(number)), parse(number).isValid(), parsePhoneNumber(number).valid);
}
END
seen=$(node run.cjs)

known=$(
  cat <<'END'
+80012345678 true true false
+883510001234567 true true false
+442079460958 true true true
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
