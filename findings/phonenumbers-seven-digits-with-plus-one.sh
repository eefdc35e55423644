#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: a valid number with the country code 1 has ten digits after it.
# What happens: +1 310 8502, with seven, is valid, possible, and Canadian: 310-XXXX is a number without area code that
#   all of Canada can call.
# Versions: phonenumbers 9.0.43
# For users of this collection: a valid number is no proof that a carrier elsewhere can reach it. Compare the length
#   as well where a plan of ten digits is meant.
set -euo pipefail
sed -n '/^# Guess/,/^[^#]/s/^# //p' "$0"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3.13 -m venv venv
venv/bin/pip install -qq phonenumbers==9.0.43
cat > run.py <<'END'
import phonenumbers
number = phonenumbers.parse("+13108502")
print(phonenumbers.is_valid_number(number), phonenumbers.is_possible_number(number), phonenumbers.region_code_for_number(number))
print("only locally possible:", phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY)
END
seen=$(venv/bin/python run.py)

known=$(
  cat <<'END'
True True CA
only locally possible: True
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
