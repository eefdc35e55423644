#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: vobject writes back the TEL of a vCard 4.0 that it read: TEL;VALUE=uri:tel:+1-555-123-4567;ext=9.
# What happens: it escapes the semicolon, as in a text, and changes the URI: tel:+1-555-123-4567\;ext=9.
# Versions: vobject 0.9.9
# For users of this collection: a directory that passed through it has no extensions that other programs read.
set -euo pipefail
sed -n '/^# Guess/,/^[^#]/s/^# //p' "$0"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3.13 -m venv venv
venv/bin/pip install -qq vobject==0.9.9
cat > run.py <<'END'
import vobject
card = "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Front desk\r\nTEL;VALUE=uri:tel:+1-555-123-4567;ext=9\r\nEND:VCARD\r\n"
print(*(line for line in vobject.readOne(card).serialize().splitlines() if line.startswith("TEL")))
END
seen=$(venv/bin/python run.py)

known=$(
  cat <<'END'
TEL;VALUE=uri:tel:+1-555-123-4567\;ext=9
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
