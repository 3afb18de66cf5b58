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
