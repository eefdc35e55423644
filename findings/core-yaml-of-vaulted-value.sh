#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: `to_nice_yaml` writes the value of a variable that is encrypted with `!vault` in clear, or encrypted, on
#   every version alike.
# What happens: 2.21 and 2.22 write the clear text; 2.19 writes the ciphertext with its !vault tag; 2.16 does so only
#   if the value does not come by way of another variable. What went through an expression is clear on all of them.
# Versions: ansible-core 2.16.19, 2.19.14, 2.21.5, 2.22.0rc1
# For users of this collection: a file that a playbook writes from its variables holds the SIP password in clear on
#   one core and not on the other. Keep secrets out of such files; `desired_state` has none.
set -euo pipefail
sed -n '/^# Guess/,/^[^#]/s/^# //p' "$0"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3.12 -m venv core216
core216/bin/pip install -qq ansible-core==2.16.19
python3.12 -m venv core219
core219/bin/pip install -qq ansible-core==2.19.14
python3.12 -m venv core221
core221/bin/pip install -qq ansible-core==2.21.5
python3.13 -m venv core222
core222/bin/pip install -qq ansible-core==2.22.0rc1
export ANSIBLE_HOME=$folder/ansible ANSIBLE_NOCOLOR=1 ANSIBLE_LOCALHOST_WARNING=0 ANSIBLE_INVENTORY_UNPARSED_WARNING=0
echo '[defaults]' > ansible.cfg

echo 'a long vault password' > password
{ printf 'password: '; core216/bin/ansible-vault encrypt_string --vault-password-file password s3cret; } > vars.yml 2> log
cat > play.yml <<'END'
- hosts: localhost
  gather_facts: false
  vars_files: [vars.yml]
  vars: {line: {variable: "{{ password }}"}}
  tasks:
    - ansible.builtin.copy:
        dest: "{{ playbook_dir }}/out.yml"
        content: "{{ line | combine({'literal': password, 'expression': password ~ ''}) | to_nice_yaml }}"
END
seen=$(for core in core216 core219 core221 core222; do
  "$core/bin/ansible-playbook" --vault-password-file password play.yml > log 2>&1
  echo "$core $(grep -oE '.*: (!vault|s3cret)' out.yml | paste -sd ,)"
done)

known=$(
  cat <<'END'
core216 expression: s3cret,literal: !vault,variable: s3cret
core219 expression: s3cret,literal: !vault,variable: !vault
core221 expression: s3cret,literal: s3cret,variable: s3cret
core222 expression: s3cret,literal: s3cret,variable: s3cret
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
