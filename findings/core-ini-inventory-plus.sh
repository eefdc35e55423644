#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: in an INI inventory a value with a plus or a zero in front is a text; numbers are what looks like a plain
#   number.
# What happens: values are read as Python literals: phone=+4930555001 is the number 4930555001, its plus is gone, two
#   numbers with a comma between them are a list of such, and 1e5 is 100000.0, while 0042 stays a text.
# Versions: ansible-core 2.16.19, 2.22.0rc1
# For users of this collection: write '"+4930555001"' on the line of a host and "+4930555001" under [group:vars], or
#   use a YAML inventory.
set -euo pipefail
sed -n '/^# Guess/,/^[^#]/s/^# //p' "$0"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3.12 -m venv core216
core216/bin/pip install -qq ansible-core==2.16.19
python3.13 -m venv core222
core222/bin/pip install -qq ansible-core==2.22.0rc1
export ANSIBLE_HOME=$folder/ansible ANSIBLE_NOCOLOR=1 ANSIBLE_LOCALHOST_WARNING=0 ANSIBLE_INVENTORY_UNPARSED_WARNING=0
echo '[defaults]' > ansible.cfg

cat > hosts.ini <<'END'
[office]
desk plus=+4930555001 two=+4930555001,+4930555002 zeros=0042 password=1e5 quoted='"+4930555001"'
END
seen=$(for core in core216 core222; do
  "$core/bin/ansible-inventory" -i hosts.ini --host desk | tr -d ' \n'
  echo
done)

known=$(
  cat <<'END'
{"password":100000.0,"plus":4930555001,"quoted":"+4930555001","two":[4930555001,4930555002],"zeros":"0042"}
{"password":100000.0,"plus":4930555001,"quoted":"+4930555001","two":[4930555001,4930555002],"zeros":"0042"}
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
