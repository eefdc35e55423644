#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: with a projection, `register: {said: _task.result.stdout}` of 2.21, a task that is skipped leaves the
#   variable undefined, and is skipped.
# What happens: the task fails: the result of a skipped task has no stdout, and a projection that cannot be evaluated
#   fails the task.
# Versions: ansible-core 2.21.5, 2.22.0rc1
# For users of this collection: write the projection so that it holds for a skipped task, `_task.result.summary |
#   default({})`, wherever the task has a condition.
set -euo pipefail
sed -n '/^# Guess/,/^[^#]/s/^# //p' "$0"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

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
    - ansible.builtin.command: echo hello
      when: false
      register: {said: _task.result.stdout}
END
seen=$(for core in core221 core222; do
  echo "$core $("$core/bin/ansible-playbook" play.yml 2>&1 | grep -oE 'skipped=1|failed=1|Register projection .said. failed: .*')"
done)

known=$(
  cat <<'END'
core221 Register projection 'said' failed: object of type 'dict' has no attribute 'stdout'
failed=1
core222 Register projection 'said' failed: object of type 'dict' has no attribute 'stdout'
failed=1
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
