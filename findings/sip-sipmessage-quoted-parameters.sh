#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: sipmessage writes the parameters of a contact as it read them; +sip.instance="<urn:uuid:...>" is what every
#   phone with outbound (RFC 5626) sends.
# What happens: the name and the quotes are escaped as in a URI: %2Bsip.instance=%22%3Curn..., which no registrar
#   takes for an instance.
# Versions: sipmessage 0.7.1
# For users of this collection: a test tool built with it that forwards a contact changes the registration that it
#   tests.
set -euo pipefail
sed -n '/^# Guess/,/^[^#]/s/^# //p' "$0"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3.13 -m venv venv
venv/bin/pip install -qq sipmessage==0.7.1
cat > run.py <<'END'
from sipmessage import Address
print(Address.parse('<sip:a@192.0.2.1>;+sip.instance="<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>";reg-id=1'))
END
seen=$(venv/bin/python run.py)

known=$(
  cat <<'END'
<sip:a@192.0.2.1>;%2Bsip.instance=%22%3Curn%3Auuid%3Af81d4fae-7dec-11d0-a765-00a0c91e6bf6%3E%22;reg-id=1
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
