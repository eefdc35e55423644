#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: an unquoted number among the hosts of a YAML inventory becomes a host of that name, or the command fails.
# What happens: the hosts before it are kept, it and all that follow are dropped with a warning, and ansible-playbook
#   ends with 0.
# Versions: ansible-core 2.16.19, 2.22.0rc1
# For users of this collection: with phone numbers or extensions as host names, one that is not quoted hides the rest
#   of the file, and the run reports success. Set ANSIBLE_INVENTORY_UNPARSED_FAILED=true.
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

cat > hosts.yml <<'END'
lines:
  hosts:
    "+4930555001": {}
    +4930555002: {}
    "+4930555003": {}
END
echo '[{hosts: lines, gather_facts: false, tasks: [{ansible.builtin.debug: {}}]}]' > play.yml
seen=$(for core in core216 core222; do
  "$core/bin/ansible-playbook" -i hosts.yml play.yml > log 2>&1
  echo "$core ends with $?, $(grep -oE '[+0-9]+ +: ok=1' log | tr -s ' ' )"
done)

known=$(
  cat <<'END'
core216 ends with 0, +4930555001 : ok=1
core222 ends with 0, +4930555001 : ok=1
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
