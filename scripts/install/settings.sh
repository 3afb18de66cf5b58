#!/bin/sh
# Part of install.sh: gives back the settings of the host that the daemon changed for tenants.

# "KEY BEFORE" of those that are still as the daemon set them, from its lines "KEY BEFORE OURS" (src/linux/host-settings.ts).
list_own_settings() {
  while read -r key before ours; do
    # what someone has changed since is no longer ours; a link that is gone took its settings along
    [ "$(cat "$PROC/sys/$key" 2> /dev/null)" != "$ours" ] || echo "$key $before"
  done < "$RUN/sysctls"
}

# Another instance's tenants need them as they are.
has_other_links() { has ip && ip -o link show | grep -q '^[0-9]*: tct[0-9]'; }

# All are looked at before one is written: turning forwarding off for `all` turns it off on every link.
restore_settings() {
  [ -f "$RUN/sysctls" ] || return 0
  if [ "$DRY" = 0 ] && has_other_links; then
    say "settings of the host stay as they are: tenants of another instance need them"
    return
  fi
  settings=$(list_own_settings)
  [ -n "$settings" ] || return 0
  echo "$settings" | while read -r key before; do
    echo "+ restore $key to $before"
    [ "$DRY" = 1 ] || echo "$before" > "$PROC/sys/$key" || warn "$key stays as the daemon set it"
  done
}

# Debian's lxc raises it at each boot, and takes the file for that along when it goes, but not the value.
INSTANCES=fs/inotify/max_user_instances
SYSCTL_OF_LXC=${SYSCTL_OF_LXC:-/etc/sysctl.d/30-lxc-inotify.conf}

# Before lxc comes: only then it is the host's own.
remember_instances() {
  [ -z "$(list_done inotify-instances)" ] || return 0
  before=$(cat "$PROC/sys/$INSTANCES" 2> /dev/null || true)
  [ -z "$before" ] || remember inotify-instances "$before"
}

# With the lxc that this script brought, before it goes.
restore_instances() {
  before=$(list_done inotify-instances)
  theirs=$(sed -n 's/^fs\.inotify\.max_user_instances *= *//p' "$SYSCTL_OF_LXC" 2> /dev/null || true)
  [ -n "$before" ] && [ "$before" != "$theirs" ] && has_done package lxc && [ "$KEEP_PACKAGES" = 0 ] || return 0
  [ "$(cat "$PROC/sys/$INSTANCES")" = "$theirs" ] || return 0
  echo "+ restore $INSTANCES to $before"
  [ "$DRY" = 1 ] || echo "$before" > "$PROC/sys/$INSTANCES" || warn "$INSTANCES stays as Debian's lxc set it"
}
