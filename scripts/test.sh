#!/bin/sh
# What `npm test` runs: sets the machine up, then lint, types, docs, tests; as root the host tests too.
# `npm test -- unit` runs the checks that are named.
set -eu
cd "$(dirname "$0")/.."
sh scripts/bootstrap.sh
if [ $# -gt 0 ]; then exec node_modules/.bin/node test/support/run-tests.ts "$@"; fi
if [ "$(id -u)" = 0 ]; then
  exec node_modules/.bin/node test/support/run-tests.ts lint types docs unit host
fi
echo "not root: the host tests are left out (sudo npm test runs them too)"
exec node_modules/.bin/node test/support/run-tests.ts lint types docs unit
