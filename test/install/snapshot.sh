#!/bin/sh
# Prints the state of this machine that an installation may change, sorted, for comparison before and after:
# files, groups, mounts, cgroups, links, rules, units, processes.
set -u

# Left out: what any running machine changes by itself, and what the package manager keeps as its own diary
# (lists, cache, logs, status) when a package comes and goes.
find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /tmp -o -path /var/tmp -o -path /mnt -o -path /run \
  -o -path /var/log -o -path /var/cache/apt -o -path /var/cache/debconf -o -path /var/cache/ldconfig -o -path /var/lib/apt -o -path /var/lib/dpkg -o -path /var/lib/systemd \
  -o -path /etc/ld.so.cache -o -path /var/lib/dbus -o -path /etc/.pwd.lock -o -path '/etc/*-' \) -prune \
  -o -printf 'file %y %#m %u %g %p %l\n' | LC_ALL=C sort
find /run -xdev \( -path /run/systemd -o -path /run/udev -o -path /run/user -o -path /run/log -o -path /run/mount \
  -o -path /run/lock -o -path /run/credentials -o -path /run/adduser -o -path /run/agetty.reload \) -prune -o -printf 'run %y %p\n' | LC_ALL=C sort
# the group's own name; members and backups (group-) follow from it
LC_ALL=C sort /etc/group | sed 's/^/group /'
LC_ALL=C sort /etc/passwd | sed 's/^/user /'
# once each: looking at an automount point mounts it a second time
awk '{ print "mount", $5 }' /proc/self/mountinfo | LC_ALL=C sort -u
find /sys/fs/cgroup -type d 2> /dev/null | grep -i -e tenant -e lxc | sed 's/^/cgroup /' | LC_ALL=C sort
if command -v ip > /dev/null; then
  ip -o link | sed 's/^[0-9]*: \([^:]*\):.*/link \1/' | LC_ALL=C sort
  for family in -4 -6; do ip $family rule show | sed "s/^/rule $family /"; done
fi
# of links that are there, not of those that came for tenants
for key in net/ipv6/conf/*/forwarding net/ipv6/conf/*/accept_ra fs/inotify/max_user_* fs/fanotify/max_user_*; do
  for file in /proc/sys/$key; do [ ! -e "$file" ] || echo "setting $file $(cat "$file")"; done
done
if command -v nft > /dev/null; then nft list tables | sed 's/^/nft /'; fi
# a box shares its loop devices with the machine: only those of the default state folder
losetup -nO NAME,BACK-FILE 2> /dev/null | grep ' /var/lib/tenantctl/' | sed 's/^/loop /'
if [ -d /run/systemd/system ]; then
  systemctl list-unit-files --no-legend --no-pager | awk '{ print "unit", $1, $2 }' | LC_ALL=C sort
  systemctl list-units --all --no-legend --no-pager --plain --type=slice,scope,service,mount |
    awk '$1 ~ /tenant|lxc/ { print "active", $1, $3 }' | LC_ALL=C sort
fi
ps -eo comm= 2> /dev/null | grep -E '^(lxc|node|lxcfs|dnsmasq)' | sed 's/^/process /' | LC_ALL=C sort
exit 0
