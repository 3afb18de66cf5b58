#!/bin/sh
# Checks of an installed tenantctl, for machines where nothing but a shell is sure to be there; sourced.
# Each prints "ok TITLE" or "not ok TITLE" and adds it to $REPORT.

ok() { echo "ok $1" | tee -a "$REPORT"; }
not_ok() { echo "not ok $1" | tee -a "$REPORT"; }

# check TITLE COMMAND...: what the command printed is shown when it fails
check() {
  title=$1
  shift
  if output=$("$@" 2>&1); then
    ok "$title"
  else
    echo "$output" | tail -n 20 | sed 's/^/#   /' | tee -a "$REPORT"
    not_ok "$title"
  fi
}
# check_not TITLE COMMAND...: the command must fail
check_not() {
  title=$1
  shift
  if output=$("$@" 2>&1); then
    echo "$output" | tail -n 20 | sed 's/^/#   /' | tee -a "$REPORT"
    not_ok "$title"
  else
    ok "$title"
  fi
}
note() { echo "# $*" | tee -a "$REPORT"; }

# Tries a command until it succeeds or the seconds are over.
within() {
  end=$(($(date +%s) + $1))
  shift
  until "$@" > /dev/null 2>&1; do
    [ "$(date +%s)" -lt "$end" ] || return 1
    sleep 1
  done
}

init_of() { tenantctl show "$1" --json | sed -n 's/.*"pid": *\([0-9][0-9]*\).*/\1/p' | head -n 1; }
is_running() { tenantctl ls --json | tr -d ' \n' | grep -q "\"name\":\"$1\"[^{}]*\"state\":\"running\""; }
are_three_running() { is_running alice && is_running bob && is_running carol; }

check_isolation() {
  check "alice, bob and carol run" are_three_running
  tenantctl exec bob -- sh -c 'sleep 7777 & echo $! > /root/secret' || true
  check_not "alice does not see bob's processes" sh -c "tenantctl exec alice -- ps -e -o args | grep 'sleep 7777'"
  check_not "alice does not see bob's files" tenantctl exec alice -- cat /root/secret
  check "bob sees his own file" tenantctl exec bob -- cat /root/secret
  check "each has a host name of its own" sh -c 'test "$(tenantctl exec carol -- cat /proc/sys/kernel/hostname)" = carol'
  check_not "alice cannot see the host's processes" sh -c "tenantctl exec alice -- ps -e -o args | grep '[m]ain.js daemon'"
  check_not "alice cannot load the host's files" tenantctl exec alice -- ls /var/lib/tenantctl
  for name in alice bob carol; do
    tenantctl exec "$name" -- cat /proc/self/uid_map | awk '{ print $2, $3 }'
  done | sort -u > /tmp/uid-maps
  check "each has 65536 host ids of its own" sh -c 'test "$(grep -c " 65536$" /tmp/uid-maps)" = 3'
}
