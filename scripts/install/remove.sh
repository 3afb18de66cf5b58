#!/bin/sh
# Part of install.sh: takes away what it put there; with --purge also all that the program made.

# Host names of the default instance (src/domain/instance.ts, slots.ts, src/linux/network/).
NAME=tenantctl
LINKS='tct[0-9]\{1,4\}'
LAST_SLOT=1023
RULE_PREFS='9600 9601'

KEPT=

remove_service() {
  if [ "$HAS_SYSTEMD" = 1 ] && [ -e "$UNIT" ]; then
    act systemctl disable --quiet --now tenantctl.service
    act rm -f "$UNIT"
    act systemctl daemon-reload
  fi
  stop_daemon_by_hand
}

remove_program() {
  remove_service
  remove_profile
  list_links | while read -r target link; do
    [ "$(readlink "$link" || true)" != "$target" ] || act rm -f "$link"
  done
  for folder in "$LIB" "$LIB.old" "$STAGE"; do
    [ ! -e "$folder" ] || act rm -rf "$folder"
  done
  remove_lxcfs_dropin
}

# Folders the manifest names, the deepest first, those that are empty.
remove_folders() {
  list_done folder | LC_ALL=C sort -r | while read -r folder; do
    if [ -d "$folder" ] && [ -z "$(ls -A "$folder")" ]; then act rmdir "$folder"; fi
  done
}

# Folders of this instance in every cgroup hierarchy, v1 and v2.
list_cgroups() {
  awk '{ for (i = 7; i < NF; i++) if ($i == "-" && $(i + 1) ~ /^cgroup2?$/) print $5 }' /proc/self/mountinfo | sort -u |
    while read -r hierarchy; do
      for group in "$hierarchy/$NAME" "$hierarchy/$NAME.slice"; do
        [ ! -d "$group" ] || echo "$group"
      done
    done
}

list_group_pids() {
  list_cgroups | while read -r group; do find "$group" -name cgroup.procs -exec cat {} + 2> /dev/null || true; done |
    sort -un
}

# A frozen process dies only when it is thawed (v1), and one that forks must not outrun us: freeze, kill, thaw.
set_frozen() {
  list_cgroups | while read -r group; do
    find "$group" -name freezer.state | while read -r file; do echo "$1" > "$file" || true; done 2> /dev/null
  done
}

kill_tenants() {
  if [ "$HAS_SYSTEMD" = 1 ]; then
    act systemctl stop "$NAME.slice"
    # what set-property wrote for the cap of the house
    act systemctl revert "$NAME.slice" > /dev/null 2>&1 || true
  fi
  [ -n "$(list_group_pids)" ] || return 0
  say "ending all processes of all tenants"
  [ "$DRY" = 0 ] || return 0
  tries=100
  while pids=$(list_group_pids) && [ -n "$pids" ]; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || die "these processes of tenants do not end: $pids"
    set_frozen FROZEN
    # shellcheck disable=SC2086 # a list of words; one may have ended in between
    kill -KILL $pids 2> /dev/null || true
    set_frozen THAWED
    sleep 0.1
  done
}

remove_cgroups() {
  list_cgroups | while read -r group; do
    echo "+ remove cgroup $group"
    [ "$DRY" = 1 ] || find "$group" -depth -type d -exec rmdir {} + 2> /dev/null || true
    [ "$DRY" = 1 ] || [ ! -d "$group" ] || warn "cgroup $group stays: it is not empty"
  done
}

# Strictly below the folder: the folder itself may be a disk of the admin's.
list_mounts() { awk '{ print $5 }' /proc/self/mountinfo | grep "^$1/" | LC_ALL=C sort -r || true; }

remove_mounts() {
  for root in "$STATE" "$RUN"; do
    list_mounts "$root" | while read -r target; do act umount "$target" || act umount -l "$target"; done
  done
  [ "$DRY" = 0 ] || return 0
  [ -z "$(list_mounts "$STATE")" ] || die "something is still mounted below $STATE: $(list_mounts "$STATE" | head -n 1)"
  has losetup || return 0
  # by device and inode: the same path may be another container's
  find "$STATE" -xdev -maxdepth 4 -name '*.img' -type f 2> /dev/null | while read -r image; do
    losetup -j "$image" | cut -d : -f 1 | while read -r device; do act losetup -d "$device"; done
  done
}

remove_network() {
  if has nft && nft list table inet "$NAME" > /dev/null 2>&1; then act nft delete table inet "$NAME"; fi
  has ip || return 0
  ip -o link show | sed -n "s/^[0-9]*: \\($LINKS\\)@.*/\\1/p" | while read -r link; do
    [ "${link#tct}" -gt "$LAST_SLOT" ] || act ip link delete dev "$link"
  done
  for family in -4 -6; do
    for pref in $RULE_PREFS; do
      if ip "$family" rule show 2> /dev/null | grep -q "^$pref:"; then act ip "$family" rule delete pref "$pref"; fi
    done
  done
}

stop_lxcfs_by_hand() {
  if ! has_done started lxcfs; then return; fi
  pid=$(cat /run/lxcfs.pid 2> /dev/null || true)
  if [ -n "$pid" ] && [ "$(cat "/proc/$pid/comm" 2> /dev/null)" = lxcfs ]; then act kill -TERM "$pid"; fi
  tries=50
  while [ "$DRY" = 0 ] && [ "$tries" -gt 0 ] && is_mounted /var/lib/lxcfs; do
    tries=$((tries - 1))
    sleep 0.1
  done
  if is_mounted /var/lib/lxcfs; then act umount -l /var/lib/lxcfs; fi
  act rm -rf /run/lxcfs.pid /run/lxcfs
}

# What LXC and its packages keep by themselves and no package removes.
remove_traces() {
  if has_done package lxcfs && ! is_installed lxcfs; then act rm -rf /run/lxcfs.pid /run/lxcfs; fi
  if has_done package lxc && ! is_installed lxc; then remove_compiled lxc-containers; fi
  lock=/run/lxc/lock$STATE
  [ ! -d "$lock" ] || act rm -rf "$lock"
  for folder in /run/lxc/lock/var/lib /run/lxc/lock/var /run/lxc/lock /run/lxc; do
    if [ -d "$folder" ] && [ -z "$(ls -A "$folder")" ]; then act rmdir "$folder"; fi
  done
  if has_done user dnsmasq && ! is_installed dnsmasq-base && grep -q '^dnsmasq:' /etc/passwd; then act userdel dnsmasq; fi
  if has_done group _ssh && ! is_installed openssh-client && grep -q '^_ssh:' /etc/group; then act groupdel _ssh; fi
}

# Debian's packages leave their services running when they go.
stop_services() {
  [ "$HAS_SYSTEMD" = 1 ] && [ "$KEEP_PACKAGES" = 0 ] || return 0
  for service in lxc lxcfs; do
    if has_done package "$service" && is_installed "$service"; then
      act systemctl stop "$service.service" || true
      act systemctl reset-failed "$service.service" 2> /dev/null || true
    fi
  done
}

# dpkg, not apt: it refuses a package that something else has come to need, instead of taking that along.
remove_packages() {
  packages=
  for package in $(list_done package); do
    if is_installed "$package"; then packages="$packages $package"; fi
  done
  [ -n "$packages" ] || return 0
  if [ "$KEEP_PACKAGES" = 1 ]; then KEPT=$packages; return; fi
  if [ "$PACKAGER" != apt-get ]; then KEPT=$packages; return; fi
  wait_for_dpkg
  # it is the apparmor package's, but every package with a profile takes it along when it is empty (dh_apparmor)
  disable=/etc/apparmor.d/disable
  [ -d "$disable" ] || disable=
  # shellcheck disable=SC2086 # a list of words
  DEBIAN_FRONTEND=noninteractive act dpkg --purge $packages || true
  [ "$DRY" = 0 ] || return 0
  if [ -n "$disable" ] && [ ! -d "$disable" ]; then act mkdir "$disable"; fi
  for package in $packages; do
    if is_installed "$package"; then KEPT="$KEPT $package"; fi
  done
}

remove_marks() {
  list_done file | while read -r file; do [ ! -e "$file" ] || act rm -f "$file"; done
  list_done masked | while read -r unit; do act systemctl unmask --quiet "$unit"; done
  list_done enabled | while read -r unit; do act systemctl disable --quiet --now "$unit" 2> /dev/null || true; done
  if has_done writable /sys; then act mount -o remount,ro /sys || true; fi
  if has_done group tenantctl && grep -q '^tenantctl:' /etc/group; then
    if has groupdel; then act groupdel tenantctl; else act delgroup tenantctl; fi
  fi
}

purge_everything() {
  kill_tenants
  remove_profile
  remove_mounts
  remove_cgroups
  remove_network
  restore_settings
  restore_instances
  stop_lxcfs_by_hand
  stop_services
  remove_packages
  remove_traces
  remove_marks
  remove_folders
  for folder in "$CONFIG" "$RUN" "$CACHE" "$STATE"; do
    [ ! -e "$folder" ] || act rm -rf "$folder"
  done
  if [ "$HAS_SYSTEMD" = 1 ]; then
    act systemctl daemon-reload
    act systemctl reset-failed 'lxc*.service' 'tenant*' 2> /dev/null || true
  fi
}

report_removal() {
  if [ "$PURGE" = 0 ]; then
    say "the program is removed; tenants run on, their data stays in $STATE"
    say "to remove everything: ./install.sh --uninstall --purge"
    return
  fi
  [ -z "$KEPT" ] || say "packages this script brought and did not take away:$KEPT"
  [ -z "$KEPT" ] || say "to remove them: $PACKAGER remove$KEPT"
  [ "$DRY" = 1 ] || say "nothing of tenantctl is left"
}
