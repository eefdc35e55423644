#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: `ignore_errors: "{{ item.optional }}"` in a loop ignores the failures of the optional items; the failure of
#   another item fails the task.
# What happens: with 2.21 and 2.22 one failed item with true lets the whole task pass, and the play goes on; with 2.16
#   and 2.19 the task fails.
# Versions: ansible-core 2.16.19, 2.19.14, 2.21.5, 2.22.0rc1
# For users of this collection: a loop over trunks with an optional one hides the failure of the others. Fail on the
#   registered results instead, or use one fleet task.
set -euo pipefail
sed -n '/^# Guess/,/^[^#]/s/^# //p' "$0"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3.12 -m venv core216
core216/bin/pip install -qq ansible-core==2.16.19
python3.12 -m venv core219
core219/bin/pip install -qq ansible-core==2.19.14
python3.12 -m venv core221
core221/bin/pip install -qq ansible-core==2.21.5
python3.13 -m venv core222
core222/bin/pip install -qq ansible-core==2.22.0rc1
export ANSIBLE_HOME=$folder/ansible ANSIBLE_NOCOLOR=1 ANSIBLE_LOCALHOST_WARNING=0 ANSIBLE_INVENTORY_UNPARSED_WARNING=0
echo '[defaults]' > ansible.cfg

cat > play.yml <<'END'
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.command: "false"
      loop: [{name: main, optional: false}, {name: spare, optional: true}, {name: last, optional: false}]
      ignore_errors: "{{ item.optional }}"
    - ansible.builtin.debug: {msg: the play goes on}
END
seen=$(for core in core216 core219 core221 core222; do
  echo "$core $("$core/bin/ansible-playbook" play.yml 2>&1 | grep -oE 'failed=[01]|the play goes on' | paste -sd ' ')"
done)

known=$(
  cat <<'END'
core216 failed=1
core219 failed=1
core221 the play goes on failed=0
core222 the play goes on failed=0
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
