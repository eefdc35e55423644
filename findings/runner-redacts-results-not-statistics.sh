#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: under ansible-core 2.22 the events of ansible-runner hold either true values or redacted ones.
# What happens: the result in `runner_on_ok` is redacted, for `set_stats` too, while `artifact_data` of
#   `playbook_on_stats` has the true value.
# Versions: ansible-runner 2.4.3, ansible-core 2.22.0rc1
# For users of this collection: what reads runs by their events has to take numbers from `set_stats`, and treat these
#   statistics as secret if a vaulted value can be in them.
set -euo pipefail
sed -n '/^# Guess/,/^[^#]/s/^# //p' "$0"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3.13 -m venv venv
venv/bin/pip install -qq ansible-runner==2.4.3 ansible-core==2.22.0rc1
export PATH="$folder/venv/bin:$PATH" ANSIBLE_HOME=$folder/ansible ANSIBLE_NOCOLOR=1 ANSIBLE_LOCALHOST_WARNING=0

mkdir -p data/project
echo 'a long vault password' > password
echo 'cps_limit: 5' > data/project/vars.yml
ansible-vault encrypt --vault-password-file password data/project/vars.yml 2> log
cat > data/project/play.yml <<'END'
- hosts: localhost
  gather_facts: false
  vars_files: [vars.yml]
  tasks:
    - ansible.builtin.set_stats: {data: {limit: "{{ cps_limit }}"}}
END
cat > run.py <<'END'
import ansible_runner
run = ansible_runner.run(private_data_dir="data", playbook="play.yml", quiet=True, cmdline="--vault-password-file ../../password")
for event in run.events:
    data = event.get("event_data", {})
    if event["event"] == "runner_on_ok":
        print(event["event"], data["res"]["ansible_stats"]["data"])
    if event["event"] == "playbook_on_stats":
        print(event["event"], data["artifact_data"])
END
seen=$(venv/bin/python run.py)

known=$(
  cat <<'END'
runner_on_ok {'limit': '$REDACTED$'}
playbook_on_stats {'limit': 5}
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
