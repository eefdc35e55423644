#!/usr/bin/env bash
# Copyright (c) 2026, the dasha.blackbox contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Guess: `parseUri` of drachtio-srf returns the context of a local number, be it a domain or a global prefix.
# What happens: tel:4567;phone-context=example.com has its context, of tel:4567;phone-context=+1555123 it is dropped,
#   without an error: `context` is null and `params` empty.
# Versions: drachtio-srf 5.0.29
# For users of this collection: 4567 of one site cannot be told from 4567 of another. Store numbers in E.164.
set -euo pipefail
sed -n '/^# Guess/,/^[^#]/s/^# //p' "$0"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund drachtio-srf@5.0.29
cat > run.cjs <<'END'
const { parseUri } = require("drachtio-srf");
for (const uri of ["tel:4567;phone-context=example.com", "tel:4567;phone-context=+1555123"]) {
  const { number, context, params } = parseUri(uri);
  console.log(number, context, JSON.stringify(params));
}
END
seen=$(node run.cjs)

known=$(
  cat <<'END'
4567 example.com {"phone-context":"example.com"}
4567 null {}
END
)
printf 'Seen:\n%s\n' "$seen"
diff <(printf '%s\n' "$known") <(printf '%s\n' "$seen") >&2 || exit 3
