#!/bin/sh
# Runs a script as process 1 of a throw-away Debian on this machine's kernel: box.sh TREE SCRIPT [ARGS]
# The box is a copy of TREE as its own root file system, with mounts, processes, network (loopback only), host name and
# cgroups of its own (the same hierarchies as the machine has); a copy of the checkout as it is now, with its
# node_modules, is at /mnt/tenantctl, read-only.
# All of it is gone afterwards. Needs root. Exit status: the script's.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
checkout=$(cd "$here/../.." && pwd)

# Targets of the cgroup mounts, with their type and controllers: "TYPE TARGET OPTIONS"
list_hierarchies() {
  awk '{ for (i = 7; i < NF; i++) if ($i == "-" && $(i + 1) ~ /^cgroup2?$/) print $(i + 1), $5, $(i + 3) }' \
    /proc/self/mountinfo | grep ' /sys/fs/cgroup' | sort -u -k 2,2
}

enter() {
  box=$1
  shift
  mount --make-rprivate /
  mount --bind "$box" "$box"
  for folder in proc sys dev run tmp mnt/tenantctl; do mkdir -p "$box/$folder"; done
  mount -t proc proc "$box/proc"
  mount -t sysfs sysfs "$box/sys"
  mount --rbind /dev "$box/dev"
  mount -t tmpfs -o mode=755 tmpfs "$box/run"
  mount --bind "$box/../checkout" "$box/mnt/tenantctl"
  mount -o remount,bind,ro "$box/mnt/tenantctl"
  mount --bind "$checkout/node_modules" "$box/mnt/tenantctl/node_modules"
  mount -o remount,bind,ro "$box/mnt/tenantctl/node_modules"
  list_hierarchies > "$box/run/hierarchies"
  if ! grep -q '^cgroup2 /sys/fs/cgroup ' "$box/run/hierarchies"; then
    mount -t tmpfs -o mode=755 tmpfs "$box/sys/fs/cgroup"
  fi
  while read -r type target options; do
    mkdir -p "$box$target"
    # names and controllers stay, mount flags of the machine's own do not matter
    only=$(echo "$options" | tr , '\n' | grep -v -x -e rw -e ro -e clone_children -e xattr | grep -v '^release_agent' | paste -sd,)
    mount -t "$type" ${only:+-o "$only"} "$type" "$box$target"
  done < "$box/run/hierarchies"
  rm "$box/run/hierarchies"
  ip link set lo up
  hostname box
  cd "$box"
  mkdir -p old
  pivot_root . old
  exec chroot . /bin/sh -c 'umount -l /old; rmdir /old; cd /mnt/tenantctl; exec "$@"' sh "$@"
}

if [ "$1" = --enter ]; then
  shift
  enter "$@"
fi

tree=$1
shift
work=$(mktemp -d "$checkout/.cache/box-XXXXXX")
name=${work##*/}
clean() {
  # what a failed script left: loop devices of disks below the box, and groups the kernel empties when process 1 ends
  losetup -nO NAME,BACK-FILE | grep " $work/" | while read -r device _; do losetup -d "$device"; done
  list_hierarchies | while read -r _ target _; do
    [ ! -d "$target/$name" ] || find "$target/$name" -depth -type d -exec rmdir {} + || true
  done
  rm -rf --one-file-system "$work"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

cp -a "$tree" "$work/root"
mkdir -p "$work/checkout/node_modules"
(cd "$checkout" && git ls-files -z --cached --others --exclude-standard | xargs -0 cp -a --parents -t "$work/checkout")
list_hierarchies > "$work/hierarchies"
while read -r _ target _; do
  mkdir "$target/$name"
  for file in cpuset.cpus cpuset.mems; do
    [ ! -e "$target/$file" ] || cat "$target/$file" > "$target/$name/$file"
  done
done < "$work/hierarchies"

# the cgroup namespace has for its root whatever groups its maker is in
status=0
sh -c '
  while read -r _ target _; do echo $$ > "$target/$0/cgroup.procs"; done < "$1"
  shift
  exec unshare --mount --pid --net --uts --ipc --cgroup --fork --kill-child "$@"
' "$name" "$work/hierarchies" sh "$here/box.sh" --enter "$work/root" "$@" || status=$?
exit "$status"
