#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: a value from a file that is encrypted with ansible-vault is an ordinary variable: only what a task marks with
#   no_log is hidden.
# What happens: 2.22 hides every value of the file wherever it occurs in the output, inside words and numbers and in
#   the recap, and the vault password as well. With `cps_limit: 5`, 15 is printed as 1$REDACTED$ and ok=5 as
#   ok=$REDACTED$.
# Versions: ansible-core 2.21.5, 2.22.0rc1
# For users of this collection: encrypt secrets, not whole files of settings, or the output of 2.22 cannot be read or
#   parsed. Results keep the true values.
set -euo pipefail
sed -n '/^# Guess/,/^[^#]/s/^# //p' "$0"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3.12 -m venv core221
core221/bin/pip install -qq ansible-core==2.21.5
python3.13 -m venv core222
core222/bin/pip install -qq ansible-core==2.22.0rc1
export ANSIBLE_HOME=$folder/ansible ANSIBLE_NOCOLOR=1 ANSIBLE_LOCALHOST_WARNING=0 ANSIBLE_INVENTORY_UNPARSED_WARNING=0
echo '[defaults]' > ansible.cfg

echo 'a long vault password' > password
printf 'cps_limit: 5\nprefix: key\n' > vars.yml
core222/bin/ansible-vault encrypt --vault-password-file password vars.yml 2> log
cat > play.yml <<'END'
- hosts: localhost
  gather_facts: false
  vars_files: [vars.yml]
  tasks:
    - ansible.builtin.debug: {msg: "limit {{ cps_limit }}, 15 calls, a monkey, a long vault password"}
    - ansible.builtin.debug: {msg: two}
    - ansible.builtin.debug: {msg: three}
    - ansible.builtin.debug: {msg: four}
    - ansible.builtin.assert: {that: cps_limit == 5, success_msg: the value is 5}
END
seen=$(for core in core221 core222; do
  echo "$core"
  "$core/bin/ansible-playbook" --vault-password-file password play.yml 2> log | grep -oE 'limit .*word|limit .*REDACTED\$|the value is [^"]*|ok=[^ ]*'
done)

known=$(
  cat <<'END'
core221
limit 5, 15 calls, a monkey, a long vault password
the value is 5
ok=5
core222
limit $REDACTED$, 1$REDACTED$ calls, a mon$REDACTED$, $REDACTED$
the value is $REDACTED$
ok=$REDACTED$
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
