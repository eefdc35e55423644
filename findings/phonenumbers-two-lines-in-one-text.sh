#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: `parse` of "+49 30 555001 / 02", two lines of one office as people write them, fails, or returns the first
#   number.
# What happens: the digits are joined: +49 30 55500102, which is valid.
# Versions: phonenumbers 9.0.43
# For users of this collection: a cell with two numbers becomes a third one that belongs to somebody else.
#   `phone_numbers_from_csv` refuses such cells.
set -euo pipefail
sed -n '/^# Guess/,/^[^#]/s/^# //p' "$0"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3.13 -m venv venv
venv/bin/pip install -qq phonenumbers==9.0.43
cat > run.py <<'END'
import phonenumbers
number = phonenumbers.parse("+49 30 555001 / 02")
print(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), phonenumbers.is_valid_number(number))
END
seen=$(venv/bin/python run.py)

known=$(
  cat <<'END'
+493055500102 True
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
