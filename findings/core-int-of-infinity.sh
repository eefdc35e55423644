#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: `check_type_int` raises TypeError for whatever is no integer, infinity too; callers handle TypeError and
#   ValueError.
# What happens: with 2.21 infinity raises OverflowError, which nothing on the way handles; 2.16 and 2.22 return a
#   message.
# Versions: ansible-core 2.16.19, 2.21.5, 2.22.0rc1
# For users of this collection: `.inf` from YAML, or "inf", as the value of an integer ends a module with a traceback
#   instead of a message.
set -euo pipefail
sed -n '/^# Guess/,/^[^#]/s/^# //p' "$0"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3.12 -m venv core216
core216/bin/pip install -qq ansible-core==2.16.19
python3.12 -m venv core221
core221/bin/pip install -qq ansible-core==2.21.5
python3.13 -m venv core222
core222/bin/pip install -qq ansible-core==2.22.0rc1
export ANSIBLE_HOME=$folder/ansible ANSIBLE_NOCOLOR=1 ANSIBLE_LOCALHOST_WARNING=0 ANSIBLE_INVENTORY_UNPARSED_WARNING=0
echo '[defaults]' > ansible.cfg

cat > check.py <<'END'
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
try:
    result = ArgumentSpecValidator({"limit": {"type": "int"}}).validate({"limit": float("inf")})
    print("a message" if result.error_messages else "a value")
except OverflowError as exc:
    print("OverflowError:", exc)
END
seen=$(for core in core216 core221 core222; do
  echo "$core $("$core/bin/python" check.py)"
done)

known=$(
  cat <<'END'
core216 a message
core221 OverflowError: cannot convert Infinity to integer
core222 a message
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
