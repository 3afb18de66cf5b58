#!/bin/sh
# `npm run test:nested`: the box is itself one container. Docker's engine, started by hand, runs a bare Debian image;
# inside, install.sh --demo makes three tenants that cannot see each other. Needs root. Last line: N passed, N failed.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cd "$root"
fail() { echo "test:nested: $*" >&2; echo "0 passed, 1 failed"; exit 1; }
[ "$(id -u)" = 0 ] || fail "starts Docker's engine: run it as root"

# The container shares the machine's cgroups, and tenants in it have the default names.
used=$(find /sys/fs/cgroup -maxdepth 2 -type d \( -name tenantctl -o -name tenantctl.slice \) | head -n 1)
[ -z "$used" ] || fail "$used exists: tenantctl is in use on this machine"

if ! command -v dockerd > /dev/null; then
  # only the programs: no service of Docker's own is to start
  policy=/usr/sbin/policy-rc.d
  made=0
  [ -e $policy ] || { made=1; printf '#!/bin/sh\nexit 101\n' > $policy; chmod +x $policy; }
  DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -q --no-install-recommends docker.io ||
    fail "docker.io cannot be installed"
  [ "$made" = 0 ] || rm $policy
fi
[ -x node_modules/.bin/node ] || npm ci --ignore-scripts

tree=$(sh test/support/debian-tree.sh plain)
work=$(mktemp -d "$root/.cache/nested-XXXXXX")
run=$(mktemp -d /run/tenantctl-nested-XXXXXX)
engine=
docker() { command docker -H "unix://$run/docker.sock" "$@"; }

remove_cgroups() {
  find /sys/fs/cgroup -maxdepth 2 -type d \( -name tenantctl -o -name docker \) | while read -r group; do
    find "$group" -depth -type d -exec rmdir {} + 2> /dev/null || true
  done
}
clean() {
  if [ -n "$engine" ]; then
    docker rm -f box > /dev/null 2>&1 || true
    kill -TERM "$engine" 2> /dev/null || true
    wait "$engine" 2> /dev/null || true
  fi
  losetup -nO NAME,BACK-FILE | grep " $work/" | while read -r device _; do
    losetup -d "$device" || true
  done
  awk '{ print $5 }' /proc/self/mountinfo | grep -e "^$work/" -e "^$run/" | LC_ALL=C sort -r |
    while read -r target; do umount "$target" || umount -l "$target"; done
  remove_cgroups
  rm -rf --one-file-system "$work" "$run"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# no bridge and no rules: the container has no network, so the machine's own stays as it is
dockerd --data-root "$work/data" --exec-root "$run/exec" --pidfile "$run/docker.pid" -H "unix://$run/docker.sock" \
  --bridge=none --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false > "$work/dockerd.log" 2>&1 &
engine=$!
tries=300
until docker info > /dev/null 2>&1; do
  tries=$((tries - 1))
  if [ "$tries" = 0 ] || ! kill -0 "$engine" 2> /dev/null; then
    tail -n 20 "$work/dockerd.log" >&2
    fail "Docker's engine does not start"
  fi
  sleep 0.1
done
tar -C "$tree" -c . | docker import - tenantctl-box > /dev/null

# --privileged without CAP_SYS_RESOURCE, for machines whose own root lacks it
capabilities=
for name in AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND CHOWN DAC_OVERRIDE \
  DAC_READ_SEARCH FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN \
  NET_BIND_SERVICE NET_BROADCAST NET_RAW SETGID SETFCAP SETPCAP SETUID SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE \
  SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_TIME SYS_TTY_CONFIG SYSLOG WAKE_ALARM; do
  capabilities="$capabilities --cap-add $name"
done
# shellcheck disable=SC2086 # a list of words
docker run --name box --hostname box --network none --cgroupns private $capabilities \
  --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined \
  --device-cgroup-rule 'a *:* rwm' --ulimit nofile=1024:1024 \
  -v /dev:/dev -v /sys/fs/cgroup:/sys/fs/cgroup:rw -v "$root:/mnt/tenantctl:ro" -w /mnt/tenantctl \
  tenantctl-box sh test/nested/inside.sh 2>&1 | tee "$work/output"

passed=$(grep -c '^ok ' "$work/output" || true)
failed=$(grep -c '^not ok ' "$work/output" || true)
grep -q '^# the end$' "$work/output" || failed=$((failed + 1))
clean
trap - EXIT
if ip link show docker0 > /dev/null 2>&1; then echo "# docker0 is there: from an engine of the machine's own"; fi
for left in "$work" "$run"; do
  if [ -e "$left" ]; then
    echo "not ok $left is gone"
    failed=$((failed + 1))
  fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
