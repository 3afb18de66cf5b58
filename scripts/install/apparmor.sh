#!/bin/sh
# Part of install.sh: the AppArmor profile of tenants, where AppArmor is on and LXC brought what ours builds upon.

PROFILE_NAME=lxc-tenantctl-tenant
PROFILE_BASE=/etc/apparmor.d/abstractions/lxc/container-base
LOADED=${LOADED:-/sys/kernel/security/apparmor/profiles}
COMPILED=${COMPILED:-/var/cache/apparmor}

is_apparmor_on() { [ "$(cat /sys/module/apparmor/parameters/enabled 2> /dev/null)" = Y ] && has apparmor_parser; }
is_profile_loaded() { grep -q "^$PROFILE_NAME " "$LOADED" 2> /dev/null; }

# Debian's start-up loads what is in /etc/apparmor.d at each boot. Tenants that run keep the profile they started in.
ensure_profile() {
  is_apparmor_on || return 0
  [ "$DRY" = 1 ] || [ -e "$PROFILE_BASE" ] || return 0
  ours=$here/packaging/apparmor/tenantctl-tenant
  if [ "$(cat "$PROFILE" 2> /dev/null)" = "$(cat "$ours")" ] && is_profile_loaded; then return; fi
  act_write "$PROFILE" < "$ours"
  if act apparmor_parser --replace "$PROFILE"; then
    # the daemon looks for it when it starts
    CHANGED=1
  else
    warn "AppArmor does not take the profile of tenants: they run in Debian's, or in none"
    act rm -f "$PROFILE"
  fi
}

# What Debian's start-up keeps of a profile it compiled.
remove_compiled() {
  for file in "$COMPILED"/*/"$1"; do
    [ ! -e "$file" ] || act rm -f "$file"
  done
}

# The file goes at once, the profile itself only when nobody runs in it: without it a tenant would be unconfined.
remove_profile() {
  [ ! -e "$PROFILE" ] || act rm -f "$PROFILE"
  remove_compiled tenantctl-tenant
  if ! is_profile_loaded; then return; fi
  if [ -n "$(list_group_pids)" ]; then
    say "the AppArmor profile $PROFILE_NAME stays loaded while tenants run in it, until the next boot"
    return
  fi
  echo "+ unload the AppArmor profile $PROFILE_NAME"
  [ "$DRY" = 1 ] || printf %s "$PROFILE_NAME" > "${LOADED%profiles}.remove"
}
