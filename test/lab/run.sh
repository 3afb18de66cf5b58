#!/bin/sh
# Runs a command on a pure cgroup v2 kernel: user-mode-linux on this machine's own files. For the host tests see all.sh.
#
#   sh test/lab/run.sh -- CMD ARG...                  any command, for example: sh test/lab/run.sh -- bash
#   sh test/lab/run.sh --timeout 300 --memory 3G --disk 8G -- CMD ARG...
#
# Exit status: the command's own; 124 when the deadline passed; 125 when the lab itself failed (its log is printed).
# On a terminal the command has it; otherwise its input is empty (a console of user-mode-linux knows no end of file) and
# both its outputs arrive on standard output. Kernel and boot messages go to a log.
# Needs root only for the first run, which installs user-mode-linux and kmod with apt when they are missing.
#
# What the command finds (kernel 6.1, one processor whatever the host has, boots in 2-3 s):
#   /               an overlay of the host's files (read-only, by hostfs) and a throw-away ext4 disk: writable everywhere,
#                   nothing reaches the host, all is gone afterwards; an overlay cannot be idmapped
#   /tmp, /var/tmp, /run, /var/lib/tenantctl
#                   empty folders of that ext4 disk, which can be idmapped; the host's /tmp is not visible
#   /sys/fs/cgroup  cgroup2 with cpu, io, memory, pids, nsdelegate (no cpuset, no hugetlb, no PSI)
#   network         an uplink with a default route, behind which nobody is; veth and IPv6 are loaded, ip rule works;
#                   nftables knows the bridge family only
#   also            loop devices (live growth of ext4 works: root has CAP_SYS_RESOURCE), overlay, FUSE, user namespaces,
#                   seccomp, xfs and btrfs; AppArmor in the kernel without a policy; no swap; modprobe works
#   environment     TENANTCTL_TEST_ENV=lab, MUST_WORK=1, a plain PATH; the working folder is the checkout's root
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
timeout=1500
memory=2G
disk=8G
while [ $# -gt 0 ]; do
  case $1 in
    --timeout) timeout=$2; shift 2 ;;
    --memory) memory=$2; shift 2 ;;
    --disk) disk=$2; shift 2 ;;
    --) shift; break ;;
    *) echo "run.sh: unknown argument \"$1\"; see the head of $0" >&2; exit 125 ;;
  esac
done
[ $# -gt 0 ] || { echo "run.sh: which command? See the head of $0" >&2; exit 125; }

# need PROGRAM PACKAGE...
need() {
  if ! command -v "$1" >/dev/null 2>&1; then
    missing=$1
    shift
    [ "$(id -u)" = 0 ] || { echo "run.sh: $missing is missing: apt-get install $*" >&2; exit 125; }
    echo "run.sh: installing $*" >&2
    DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -q --no-install-recommends "$@" >&2 ||
      { apt-get update -q >&2 &&
        DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -q --no-install-recommends "$@" >&2; } ||
      exit 125
  fi
}
need linux.uml user-mode-linux
need modprobe kmod
need mkfs.ext4 e2fsprogs

work=$(mktemp -d "${TMPDIR:-/tmp}/tenantctl-lab-XXXXXX")
saved_tty=
[ -t 0 ] && saved_tty=$(stty -g)
pid=
clean() {
  # timeout passes it on
  if [ -n "$pid" ]; then
    kill -TERM "$pid" 2>/dev/null || :
    wait "$pid" 2>/dev/null || :
  fi
  if [ -n "$saved_tty" ]; then stty "$saved_tty" || :; fi
  rm -rf "$work"
  return 0
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# see whole-xstate.c
preload=
if grep -q -m 1 '^flags.* amx_tile' /proc/cpuinfo; then
  need cc gcc libc6-dev
  cc -O2 -shared -fPIC -o "$work/whole-xstate.so" "$here/whole-xstate.c" || exit 125
  preload=$work/whole-xstate.so
fi

# the command, quoted for the shell that runs it inside
quote() {
  for word in "$@"; do
    printf " '%s'" "$(printf '%s' "$word" | sed "s/'/'\\\\''/g")"
  done
}
{
  echo "# made by run.sh"
  echo "export TENANTCTL_TEST_ENV=lab MUST_WORK=1 TERM='${TERM:-dumb}' LC_ALL=C.UTF-8 HOME=/root"
  echo "export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
  # the console inside looks like a terminal to programs even where it ends in a file here
  [ -t 1 ] || echo "export NO_COLOR=1 TERM=dumb"
  echo "cd '$root' && exec$(quote "$@")"
} > "$work/command"

# the seed of the disk: only folders, so that a sparse file of any size is ready in some 20 ms
mkdir -p "$work/seed/upper" "$work/seed/work" "$work/seed/plain"
truncate -s "$disk" "$work/disk.img"
mkfs.ext4 -q -F -E root_owner=0:0,lazy_itable_init=1,lazy_journal_init=1 -d "$work/seed" "$work/disk.img"
truncate -s 4096 "$work/status.img"

# console 0 (kernel, boot) goes to the log; console 1 is the command's; the status comes back on a disk of its own,
# for the exit status of linux.uml says nothing
input=null
[ -t 0 ] && input=fd:0
# a background command's own input would be /dev/null
exec 3>&1 4<&0
LD_PRELOAD=$preload timeout --foreground --kill-after=5 "$timeout" \
  linux.uml mem="$memory" root=/dev/root rootfstype=hostfs rootflags=/ ro quiet \
  init=/bin/sh LAB_COMMAND="$work/command" LAB_ROOT="$root" LAB_INPUT="$input" ubd0="$work/disk.img" ubd1="$work/status.img" \
  con=null con0=null,fd:1 con1="$input,fd:3" ssl=null -- "$here/init.sh" > "$work/boot.log" 2>&1 <&4 &
pid=$!
ended=0
wait "$pid" || ended=$?
pid=
exec 3>&- 4<&-

status=$(tr -d '\0' < "$work/status.img" | sed -n 's/^status \([0-9][0-9]*\)$/\1/p')
if [ -n "$status" ]; then
  exit "$status"
elif [ "$ended" = 124 ] || [ "$ended" = 137 ]; then
  echo "run.sh: not done after $timeout s" >&2
  tail -n 20 "$work/boot.log" >&2
  exit 124
else
  echo "run.sh: the lab ended without a result; its log:" >&2
  cat "$work/boot.log" >&2
  exit 125
fi
