#!/bin/sh
# What `npm test` runs: sets the machine up, then lint, types, docs, tests; as root the host tests too.
set -eu
cd "$(dirname "$0")/.."
sh scripts/bootstrap.sh
if [ "$(id -u)" = 0 ]; then
  exec node_modules/.bin/node test/support/run-tests.ts lint types docs unit host
fi
echo "not root: the host tests are left out (sudo npm test runs them too)"
exec node_modules/.bin/node test/support/run-tests.ts lint types docs unit
