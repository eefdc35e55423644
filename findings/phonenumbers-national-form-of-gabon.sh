#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: the national form of a valid number, parsed in its region, is the same number.
# What happens: for +241 6212345 the national form is 06 21 23 45, which parses as +241 06212345: another number,
#   valid as well.
# Versions: phonenumbers 9.0.43
# For users of this collection: a list that was exported in national form and read again with a default region creates
#   new numbers beside the old ones. Exchange lists in E.164 only.
set -euo pipefail
sed -n '/^# Guess/,/^[^#]/s/^# //p' "$0"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3.13 -m venv venv
venv/bin/pip install -qq phonenumbers==9.0.43
cat > run.py <<'END'
import phonenumbers
from phonenumbers import PhoneNumberFormat
number = phonenumbers.parse("+2416212345")
national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
back = phonenumbers.parse(national, "GA")
for one in (number, back):
    print(phonenumbers.is_valid_number(one), phonenumbers.format_number(one, PhoneNumberFormat.E164))
print(national)
END
seen=$(venv/bin/python run.py)

known=$(
  cat <<'END'
True +2416212345
True +24106212345
06 21 23 45
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
