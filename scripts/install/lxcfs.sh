#!/bin/sh
# Part of install.sh: how lxcfs runs where systemd starts it. A restart breaks every container that has its files mounted,
# ours or another's: then the new way begins with the next boot.

PROC=${PROC:-/proc}

# Some process sees a file of lxcfs anywhere but where lxcfs itself is mounted.
is_lxcfs_used() {
  cat "$PROC"/[0-9]*/mountinfo 2> /dev/null |
    awk '/ fuse\.lxcfs / && $5 != "/var/lib/lxcfs" { found = 1 } END { exit !found }'
}

ensure_lxcfs_dropin() {
  program=$(command -v lxcfs || echo /usr/bin/lxcfs)
  wanted=$(sed "s|@LXCFS@|$program|" "$here/packaging/lxcfs.conf")
  [ "$(cat "$LXCFS_DROPIN" 2> /dev/null)" != "$wanted" ] || return 0
  make_folder "$(dirname "$LXCFS_DROPIN")"
  remember file "$LXCFS_DROPIN"
  echo "$wanted" | act_write "$LXCFS_DROPIN"
  act systemctl daemon-reload
  restart_lxcfs "CPUs inside are counted by quota"
  # the daemon gives cgroup2 back the options that lxcfs drops as it starts
  CHANGED=1
}

# restart_lxcfs WHAT: what is so from then on
restart_lxcfs() {
  if ! systemctl is-active --quiet lxcfs.service; then return; fi
  if is_lxcfs_used; then
    say "lxcfs serves containers that run: $1 from the next boot on"
  else
    act systemctl restart lxcfs.service
  fi
}

remove_lxcfs_dropin() {
  [ -e "$LXCFS_DROPIN" ] || return 0
  act rm -f "$LXCFS_DROPIN"
  folder=$(dirname "$LXCFS_DROPIN")
  if has_done folder "$folder" && [ -z "$(ls -A "$folder")" ]; then act rmdir "$folder"; fi
  act systemctl daemon-reload
  # one that we brought goes with its package
  if [ "$PURGE" = 1 ] && has_done package lxcfs; then return; fi
  restart_lxcfs "it runs as its package has it"
}
