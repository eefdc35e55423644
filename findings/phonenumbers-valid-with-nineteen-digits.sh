#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: what `is_valid_number` accepts has at most the 15 digits of E.164.
# What happens: numbers of Japan and Indonesia are valid with 19, of Germany with 17, of Korea and Uruguay with 16.
# Versions: phonenumbers 9.0.43
# For users of this collection: the API takes 15 digits at most: validity in this library does not replace that check.
set -euo pipefail
sed -n '/^# Guess/,/^[^#]/s/^# //p' "$0"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3.13 -m venv venv
venv/bin/pip install -qq phonenumbers==9.0.43
cat > run.py <<'END'
import phonenumbers
for text in ("+8100037625931364632", "+6200180397606460261", "+49702453832364056", "+8200798009246358", "+5980004737639455"):
    number = phonenumbers.parse(text)
    print(phonenumbers.region_code_for_number(number), len(text) - 1, phonenumbers.is_valid_number(number))
END
seen=$(venv/bin/python run.py)

known=$(
  cat <<'END'
JP 19 True
ID 19 True
DE 17 True
KR 16 True
UY 16 True
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
