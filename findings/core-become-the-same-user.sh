#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: `become: true` always runs the become command: it fails if that command does not exist.
# What happens: if the become user is the user that connects, nothing of become happens, and the task passes with any
#   method and any `become_exe`.
# Versions: ansible-core 2.16.19, 2.22.0rc1
# For users of this collection: a test as root does not show that a playbook can become another user, and
#   `become_flags`, such as a clean environment, have no effect there.
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

cat > play.yml <<'END'
- hosts: localhost
  gather_facts: false
  vars: {me: "{{ lookup('ansible.builtin.pipe', 'id -un') }}"}
  tasks:
    - ansible.builtin.command: id -un
      become: true
      become_user: "{{ me }}"
      vars: {ansible_user: "{{ me }}", ansible_become_exe: /no/such/command}
END
seen=$(for core in core216 core222; do
  echo "$core $("$core/bin/ansible-playbook" play.yml 2>&1 | grep -oE 'ok=1|failed=1')"
done)

known=$(
  cat <<'END'
core216 ok=1
core222 ok=1
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
