#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: an explicit null for an option of `type: str` is refused if the option is required, and takes the default if
#   there is one.
# What happens: with 2.19 and newer it becomes an empty text in both cases, and stays null only for an option that is
#   neither; 2.16 refuses it.
# Versions: ansible-core 2.16.19, 2.19.14, 2.22.0rc1
# For users of this collection: a value that is missing in a CSV file or an inventory and arrives as null clears a
#   setting where an empty text means that. The modules of this collection drop nulls first.
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
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
for name, option in (("required", {"required": True}), ("with a default", {"default": "x"}), ("plain", {})):
    result = ArgumentSpecValidator({"name": {"type": "str", **option}}).validate({"name": None})
    print(name, "is refused" if result.error_messages else repr(result.validated_parameters["name"]))
END
seen=$(for core in core216 core219 core222; do
  echo "$core"
  "$core/bin/python" check.py
done)

known=$(
  cat <<'END'
core216
required is refused
with a default is refused
plain None
core219
required ''
with a default ''
plain None
core222
required ''
with a default ''
plain None
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
