#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: an action plugin that passes `self._task.args` to `_execute_module` finds them unchanged afterwards.
# What happens: the module's internal settings are added to the very mapping: some 15 keys that start with _ansible_,
#   for example _ansible_no_log.
# Versions: ansible-core 2.16.19, 2.22.0rc1
# For users of this collection: an action plugin that runs a module and then looks at the task's options, for a second
#   module or a report, sees more than the user wrote. Pass a copy.
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

mkdir action_plugins
cat > action_plugins/twice.py <<'END'
from ansible.plugins.action import ActionBase

class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        before = len(self._task.args)
        self._execute_module(module_name="ansible.builtin.ping", module_args=self._task.args, task_vars=task_vars)
        added = [name for name in self._task.args if name.startswith("_ansible_")]
        return {"msg": f"{before} option, then more than ten internal ones: {len(added) > 10}, {'_ansible_no_log' in added}"}
END
echo '[{hosts: localhost, gather_facts: false, tasks: [{twice: {data: pong}}]}]' > play.yml
seen=$(for core in core216 core222; do
  echo "$core $("$core/bin/ansible-playbook" -v play.yml 2> log | grep -oE '1 option[^"]*')"
done)

known=$(
  cat <<'END'
core216 1 option, then more than ten internal ones: True, True
core222 1 option, then more than ten internal ones: True, True
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
