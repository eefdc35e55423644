#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: a module returns the same result with `async` as without, but for the keys of the job.
# What happens: with `async`, what the module wrote to its standard error is returned as `stderr`; without, it is
#   dropped.
# Versions: ansible-core 2.16.19, 2.22.0rc1
# For users of this collection: a library that logs to the standard error is harmless until the task gets `async`, and
#   then its lines are in results and registered variables.
set -euo pipefail
sed -n '/^# Guess/,/^[^#]/s/^# //p' "$0"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3.12 -m venv core216
core216/bin/pip install -qq ansible-core==2.16.19
python3.13 -m venv core222
core222/bin/pip install -qq ansible-core==2.22.0rc1
export ANSIBLE_HOME=$folder/ansible ANSIBLE_NOCOLOR=1 ANSIBLE_LOCALHOST_WARNING=0 ANSIBLE_INVENTORY_UNPARSED_WARNING=0
echo '[defaults]' > ansible.cfg

mkdir library
cat > library/noisy.py <<'END'
#!/usr/bin/python
import sys
from ansible.module_utils.basic import AnsibleModule
module = AnsibleModule({})
sys.stderr.write("a line of a library")
module.exit_json()
END
cat > play.yml <<'END'
- hosts: localhost
  gather_facts: false
  tasks:
    - {noisy: {}, register: plain}
    - {noisy: {}, register: later, async: 60, poll: 1}
    - ansible.builtin.debug: {msg: "<plain> {{ plain.stderr | default('none') }} <async> {{ later.stderr }}"}
END
export ANSIBLE_ASYNC_DIR=$folder/async
seen=$(for core in core216 core222; do
  echo "$core $("$core/bin/ansible-playbook" play.yml 2> log | grep -oE '<plain>[^"]*')"
done)

known=$(
  cat <<'END'
core216 <plain> none <async> a line of a library
core222 <plain> none <async> a line of a library
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
