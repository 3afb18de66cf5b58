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
    echo "$output" | tail -n 40 | sed 's/^/#   /' | tee -a "$REPORT"
    not_ok "$title"
  fi
}
# check_not TITLE COMMAND...: the command must fail
check_not() {
  title=$1
  shift
  if output=$("$@" 2>&1); then
    echo "$output" | tail -n 40 | sed 's/^/#   /' | tee -a "$REPORT"
    not_ok "$title"
  else
    ok "$title"
  fi
}
note() { echo "# $*" | tee -a "$REPORT"; }

# The actions that install.sh wrote in a log, which should be one.
only_doctor() {
  grep '^+' "$1" || cat "$1"
  test "$(grep '^+' "$1")" = '+ /usr/local/bin/tenantctl doctor'
}

# Tries a command until it succeeds or the seconds are over.
within() {
  end=$(($(date +%s) + $1))
  shift
  until "$@" > /dev/null 2>&1; do
    [ "$(date +%s)" -lt "$end" ] || return 1
    sleep 1
  done
}

# Asks the JSON of the program with its own Node: ask EXPRESSION COMMAND..., where t is the list of tenants.
ask() {
  expression=$1
  shift
  "$@" | /usr/local/lib/tenantctl/node -e '
    const reply = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
    const t = Array.isArray(reply) ? reply : (reply.tenants ?? [reply.tenant ?? reply]);
    console.log(eval(process.argv[1]));' "$expression"
}
init_of() { ask 't[0].pid' tenantctl show "$1" --json; }
is_running() { [ "$(ask "t.some((x) => x.name === '$1' && x.state === 'running')" tenantctl ls --json)" = true ]; }
are_three_running() { is_running alice && is_running bob && is_running carol; }

# What a tenant's command prints; a command that fails is told by its absence from the lists below.
in_tenant() { tenantctl exec "$@"; }

seconds_up() { cut -d . -f 1; }
is_memory_her_limit() {
  total=$(in_tenant alice -- cat /proc/meminfo | sed -n 's/^MemTotal: *\([0-9]*\) kB$/\1/p')
  limit=$(ask 't[0].limits.memory' tenantctl show alice --json)
  echo "MemTotal $total kB, limit $limit bytes"
  [ $((total * 1024)) = "$limit" ]
}
is_younger_than_host() {
  inside=$(in_tenant alice -- cat /proc/uptime | seconds_up)
  outside=$(seconds_up < /proc/uptime)
  echo "$inside s inside, $outside s outside"
  [ "$inside" -lt "$outside" ]
}
# By lxcfs; a box without /dev/fuse has none.
check_figures() {
  check "alice's memory is her limit in /proc/meminfo" is_memory_her_limit
  check "alice is younger than the machine in /proc/uptime" is_younger_than_host
}

# Three tenants and nothing of each other. Each look from inside must succeed, so that silence is not taken for safety.
check_isolation() {
  seen=$(mktemp -d)
  check "alice, bob and carol run" are_three_running
  # without a terminal: lxc-attach would hang up what it leaves behind
  in_tenant bob -- sh -c 'echo bobs > /root/secret; sleep 7777 & sleep 0.2' < /dev/null > /dev/null 2>&1
  check "bob sees his own file and process" \
    sh -c 'tenantctl exec bob -- sh -c "cat /root/secret; ps -e -o args" > "$0/bob" && grep -q bobs "$0/bob" &&
      grep -q "sleep 7777" "$0/bob"' "$seen"
  check "alice sees processes, all of them her own" \
    sh -c 'tenantctl exec alice -- ps -e -o args > "$0/alice" && grep -q "ps -e" "$0/alice" &&
      ! grep -q -e "sleep 7777" -e "tenantctl" -e lxc-start "$0/alice"' "$seen"
  check "alice finds neither bob's file nor the host's folders" \
    sh -c 'test "$(tenantctl exec alice -- sh -c "ls -d /root/secret /var/lib/tenantctl /mnt/tenantctl; echo looked" 2> /dev/null)" = looked'
  for name in alice bob carol; do
    in_tenant "$name" -- cat /proc/sys/kernel/hostname >> "$seen/names"
    in_tenant "$name" -- cat /proc/self/uid_map | awk '{ print $2, $3 }' >> "$seen/uids"
    in_tenant "$name" -- sh -c 'readlink /proc/self/ns/pid; readlink /proc/self/ns/net; readlink /proc/self/ns/mnt' >> "$seen/spaces"
  done
  check "each has a host name of its own" sh -c 'test "$(tr "\n" " " < "$0/names")" = "alice bob carol "' "$seen"
  check "each has 65536 host ids of its own" sh -c 'test "$(sort -u "$0/uids" | grep -c " 65536$")" = 3' "$seen"
  check "each has namespaces of its own" sh -c 'test "$(sort -u "$0/spaces" | wc -l)" = 9' "$seen"
  rm -r "$seen"
}
