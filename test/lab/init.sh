#!/bin/sh
# Process 1 of the lab (see run.sh): builds a writable root over the host's files, runs the command, reports its status.
# shellcheck disable=SC2154 # LAB_COMMAND, LAB_ROOT and LAB_INPUT come on the kernel's command line
set -u

off() {
  sync
  echo o > /proc/sysrq-trigger
  # the power goes some time after the write
  while :; do sleep 1; done
}
die() {
  echo "lab: $*"
  off
}

# Builds the root below /mnt, the one folder of the read-only root that is used as a mount point.
mount_root() {
  mount -n -t proc proc /proc || return 1
  mount -n -t sysfs sysfs /sys || return 1
  mount -n -t ext4 -o noatime /dev/ubda /mnt || return 1
  insmod "/usr/lib/uml/modules/$(uname -r)/kernel/fs/overlayfs/overlay.ko" || return 1
  cp "$LAB_COMMAND" /mnt/command || return 1
  mkdir /mnt/root
  mount -n -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root
}

enter_root() {
  for folder in tmp run var/tmp var/lib/tenantctl; do
    mkdir -p "/mnt/root/$folder" "/mnt/plain/$folder"
    mount -n --bind "/mnt/plain/$folder" "/mnt/root/$folder" || return 1
  done
  chmod 1777 /tmp /mnt/root/tmp /mnt/root/var/tmp 2>/dev/null
  # a checkout below one of those folders was just hidden
  if ! [ -d "/mnt/root$LAB_ROOT" ]; then
    mkdir -p "/mnt/root$LAB_ROOT"
    mount -n --bind "$LAB_ROOT" "/mnt/root$LAB_ROOT" || return 1
  fi
  mount -n --move /proc /mnt/root/proc
  mount -n --move /sys /mnt/root/sys
  mount -n -t devtmpfs devtmpfs /mnt/root/dev || return 1
  mkdir -p /mnt/root/.lab
  mv /mnt/command /mnt/plain/run/lab-command
  cd /mnt/root || return 1
  pivot_root . .lab
}

if [ "${1:-}" != inside ]; then
  export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  mount_root || die "cannot build the root"
  cp "$0" /mnt/init
  enter_root || die "cannot enter the root"
  exec chroot . /bin/sh "/.lab/mnt/init" inside < /dev/console > /dev/console 2>&1
fi

# the old root and the whole disk are hidden from the command
umount -l /.lab || die "cannot leave the old root"
rmdir /.lab
mkdir -p /usr/lib/modules /dev/pts /dev/shm /run/lock
ln -sfn "/usr/lib/uml/modules/$(uname -r)" "/usr/lib/modules/$(uname -r)"
mount -n -t devpts -o mode=620,ptmxmode=666 devpts /dev/pts
ln -sfn pts/ptmx /dev/ptmx
ln -sfn /proc/self/fd /dev/fd
mount -n -t tmpfs -o mode=1777 shm /dev/shm
mount -n -t cgroup2 -o nsdelegate,memory_recursiveprot cgroup2 /sys/fs/cgroup || die "no cgroup2"
echo '+cpu +io +memory +pids' > /sys/fs/cgroup/cgroup.subtree_control || die "no controllers"
for module in veth ipv6 loop fuse tun; do modprobe "$module" || echo "lab: no module $module"; done
ip link set lo up
# What any host has: an address (RFC 5737), and a default route, though it ends at once. Without the route the kernel
# does not answer for the tenants' next hop (arp_process in net/ipv4/arp.c asks for a way to it by another link).
ip link add uplink type veth peer name beyond
ip link set beyond up
ip address add 192.0.2.2/24 dev uplink
ip link set uplink up
ip route add default via 192.0.2.1
# nobody is there: said after a tenth of a second
echo 1 > /proc/sys/net/ipv4/neigh/uplink/mcast_solicit
echo 100 > /proc/sys/net/ipv4/neigh/uplink/retrans_time_ms
hostname lab

stty -F /dev/tty1 -onlcr
if [ "$LAB_INPUT" = null ]; then
  sh /run/lab-command < /dev/null > /dev/tty1 2>&1
else
  # a session of its own makes the console its controlling terminal: ^C and job control work
  setsid -c -w sh /run/lab-command < /dev/tty1 > /dev/tty1 2>&1
fi
status=$?
printf 'status %d\n' "$status" > /dev/ubdb
off
