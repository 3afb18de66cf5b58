#!/bin/sh
# `npm run test:lab`: the host tests on a pure cgroup v2 kernel, on as many machines of run.sh at once as this one has
# processors (four at most: each takes 2 GiB). Every line begins with its machine's number; last line: N passed, N failed.
#
#   sh test/lab/all.sh                                  every file of test/host
#   sh test/lab/all.sh test/host/quotas-*.test.ts       these
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
[ $# -gt 0 ] || set -- test/host/*.test.ts

count=$(nproc)
[ "$count" -le 4 ] || count=4
[ "$count" -le $# ] || count=$#
work=$(mktemp -d "${TMPDIR:-/tmp}/tenantctl-labs-XXXXXX")
clean() {
  for file in "$work"/pid.*; do
    # a background job of sh cannot be told by ^C
    if [ -f "$file" ]; then kill -TERM "$(cat "$file")" 2> /dev/null || :; fi
  done
  wait
  rm -rf "$work"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# dealt like cards: neighbours in the alphabet take alike
number=0
for file in "$@"; do
  printf '%s\n' "$file" >> "$work/files.$((number % count + 1))"
  number=$((number + 1))
done

# one machine; what it prints is kept and shown
machine() {
  # shellcheck disable=SC2016 # for the inner shell
  start='echo $$ > "$1"; shift; exec sh "$@"'
  # shellcheck disable=SC2046 # paths of this checkout
  set -- "$1" $(cat "$work/files.$1")
  number=$1
  shift
  {
    sh -c "$start" - "$work/pid.$number" "$here/run.sh" --timeout 7200 -- \
      node_modules/.bin/node test/support/run-tests.ts "$@" 2>&1 < /dev/null
    echo "exit status $?"
    rm -f "$work/pid.$number"
  } | tee "$work/out.$number" | sed -u "s/^/[$number] /"
}
number=0
while [ "$number" -lt "$count" ]; do
  number=$((number + 1))
  machine "$number" &
done
wait

passed=0
failed=0
for out in "$work"/out.*; do
  figures=$(sed -n 's/^\([0-9][0-9]*\) passed, \([0-9][0-9]*\) failed$/\1 \2/p' "$out" | tail -n 1)
  figures=${figures:-0 0}
  passed=$((passed + ${figures% *}))
  failed=$((failed + ${figures#* }))
  # a machine that broke before its last line is one failure
  [ "$(tail -n 1 "$out")" = "exit status 0" ] || [ "${figures#* }" -gt 0 ] || failed=$((failed + 1))
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
