#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: an option of `type: int` takes 5 and "5"; "1e5" and "5.0" fail, as they do in int() of Python.
# What happens: with 2.19 and newer "1e5" is 100000 and "5.0" is 5, without a warning; 2.16 refuses both.
# Versions: ansible-core 2.16.19, 2.19.14, 2.22.0rc1
# For users of this collection: `cps_limit: "1e3"` sets a limit of a thousand calls on a new core and fails on an old
#   one. A validation in the module sees the number only.
set -euo pipefail
sed -n '/^# Guess/,/^[^#]/s/^# //p' "$0"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3.12 -m venv core216
core216/bin/pip install -qq ansible-core==2.16.19
python3.12 -m venv core219
core219/bin/pip install -qq ansible-core==2.19.14
python3.13 -m venv core222
core222/bin/pip install -qq ansible-core==2.22.0rc1
export ANSIBLE_HOME=$folder/ansible ANSIBLE_NOCOLOR=1 ANSIBLE_LOCALHOST_WARNING=0 ANSIBLE_INVENTORY_UNPARSED_WARNING=0
echo '[defaults]' > ansible.cfg

cat > check.py <<'END'
from ansible.module_utils.common.validation import check_type_int
for value in ("5", "5.0", "1e5"):
    try:
        print(value, "is", check_type_int(value))
    except TypeError:
        print(value, "is refused")
END
seen=$(for core in core216 core219 core222; do
  echo "$core"
  "$core/bin/python" check.py
done)

known=$(
  cat <<'END'
core216
5 is 5
5.0 is refused
1e5 is refused
core219
5 is 5
5.0 is 5
1e5 is 100000
core222
5 is 5
5.0 is 5
1e5 is 100000
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
