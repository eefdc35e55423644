#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: `async_status` finds the job of an earlier task of the same play on the local connection, whatever HOME is.
# What happens: the job writes its result below HOME, and `async_status` looks for it below the home directory that the
#   account has in the password database. Where the two differ, as in many containers, it finishes without a job, while
#   `results_file` of the first task names the file that is there.
# Versions: ansible-core 2.16.19, 2.22.0rc1
# For users of this collection: a fleet task with `async` and `poll: 0` is only found again where HOME is that of the
#   account, or where ANSIBLE_ASYNC_DIR names a folder.
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
unset ANSIBLE_ASYNC_DIR
mkdir home
export HOME=$folder/home
echo '[defaults]' > ansible.cfg

cat > play.yml <<'END'
- hosts: localhost
  gather_facts: false
  tasks:
    - {ansible.builtin.command: echo done, async: 60, poll: 0, register: job}
    - {ansible.builtin.pause: {seconds: 3}}
    - ansible.builtin.async_status: {jid: "{{ job.ansible_job_id }}"}
      register: status
      failed_when: false
    - ansible.builtin.debug:
        msg: "<status> {{ status.msg | default(status.stdout) }} <file> {{ (lookup('file', job.results_file) | from_json).stdout }}"
END
seen=$(for core in core216 core222; do
  echo "$core $("$core/bin/ansible-playbook" play.yml 2> log | grep -oE '<status>[^"]*')"
done)

known=$(
  cat <<'END'
core216 <status> could not find job <file> done
core222 <status> could not find job <file> done
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
