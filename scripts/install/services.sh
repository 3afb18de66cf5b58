#!/bin/sh
# Part of install.sh: group, lxcfs, and the daemon's unit where systemd runs.

ensure_group() {
  if getent group tenantctl > /dev/null 2>&1 || grep -q '^tenantctl:' /etc/group; then return; fi
  remember group tenantctl
  if has groupadd; then act groupadd --system tenantctl; else act addgroup -S tenantctl; fi
}

# A first mount would load it too; so a kernel without it is found now.
ensure_overlay() {
  if grep -q 'overlay$' /proc/filesystems; then return; fi
  act modprobe overlay || warn "the kernel has no overlayfs: tenants cannot share a base"
}

# In a container /sys is read-only; the kernel then refuses a tenant a /sys of its own (mount_too_revealing, fs/namespace.c).
ensure_sysfs() {
  if ! awk '$5 == "/sys"' /proc/self/mountinfo | tail -n 1 | grep -q ' /sys ro'; then return; fi
  remember writable /sys
  act mount -o remount,rw /sys || warn "/sys is read-only and stays so: tenants cannot start in this container"
}

is_mounted() { grep -q " $1 " /proc/self/mountinfo; }

start_lxcfs_by_hand() {
  remember started lxcfs
  make_folder /var/lib/lxcfs
  act setsid -f lxcfs --enable-cfs --pidfile=/run/lxcfs.pid /var/lib/lxcfs > /dev/null 2>&1 < /dev/null
  [ "$DRY" = 0 ] || return 0
  tries=50
  until is_mounted /var/lib/lxcfs; do
    tries=$((tries - 1))
    if [ "$tries" = 0 ]; then warn "lxcfs does not start: tenants will see the host's memory and CPUs"; return; fi
    sleep 0.1
  done
  "$LIB/restore-cgroup-options" || true
}

starts_lxcfs_by_unit() {
  [ "$HAS_SYSTEMD" = 1 ] && { [ "$DRY" = 1 ] || has lxcfs; } && ! systemd-detect-virt --quiet --container
}

# lxcfs shows a tenant its own memory, CPUs and uptime. It is never restarted while it serves one: that would break it.
ensure_lxcfs() {
  if starts_lxcfs_by_unit; then ensure_lxcfs_dropin; fi
  if is_mounted /var/lib/lxcfs; then return; fi
  if [ "$DRY" = 0 ] && ! has lxcfs; then warn "no lxcfs here: tenants will see the host's memory and CPUs"; return; fi
  if ! [ -c /dev/fuse ]; then warn "no /dev/fuse: tenants will see the host's memory and CPUs"; return; fi
  if starts_lxcfs_by_unit; then
    if ! systemctl is-enabled --quiet lxcfs.service 2> /dev/null; then remember enabled lxcfs.service; fi
    act systemctl enable --quiet --now lxcfs.service
  else
    start_lxcfs_by_hand
  fi
}

# The process that holds the lock of the state folder, if it is alive and a daemon of ours.
find_daemon() {
  DAEMON=$(cat "$STATE/daemon.lock" 2> /dev/null || true)
  case $DAEMON in '' | *[!0-9]*) DAEMON=; return ;; esac
  # it may have ended: the shell itself would say that there is no such file
  { tr '\0' ' ' < "/proc/$DAEMON/cmdline"; } 2> /dev/null | grep -q 'main\.[jt]s.* daemon' || DAEMON=
}

stop_daemon_by_hand() {
  find_daemon
  [ -n "$DAEMON" ] || return 0
  act kill -TERM "$DAEMON"
  [ "$DRY" = 0 ] || return 0
  tries=300
  while kill -0 "$DAEMON" 2> /dev/null; do
    tries=$((tries - 1))
    if [ "$tries" = 0 ]; then act kill -KILL "$DAEMON"; return; fi
    sleep 0.1
  done
}

ensure_service() {
  if [ "$HAS_SYSTEMD" = 0 ]; then
    # the next command starts a daemon of the new program; tenants run on
    [ "$CHANGED" = 0 ] || stop_daemon_by_hand
    return
  fi
  wanted=$(sed "s|@LIB@|$LIB|" "$here/packaging/tenantctl.service")
  if [ "$(cat "$UNIT" 2> /dev/null)" != "$wanted" ]; then
    CHANGED=1
    echo "$wanted" | act_write "$UNIT"
    act systemctl daemon-reload
  fi
  systemctl is-enabled --quiet tenantctl.service 2> /dev/null || act systemctl enable --quiet tenantctl.service
  if [ "$CHANGED" = 1 ]; then
    act systemctl restart tenantctl.service
  elif ! systemctl is-active --quiet tenantctl.service; then
    act systemctl start tenantctl.service
  else
    return 0 # without it the status is that of the last question, and `set -e` ends the run
  fi
  wait_for_socket
}

# systemd takes a service of type simple for started once its process is; doctor comes next and needs an answer.
wait_for_socket() {
  [ "$DRY" = 0 ] || return 0
  tries=300
  until [ -S "$RUN/tenantctl.sock" ] || [ "$tries" = 0 ]; do
    tries=$((tries - 1))
    sleep 0.1
  done
}

show_doctor() {
  act "$COMMAND" doctor || warn "doctor found what tenantctl lacks here: see above; the program itself is installed"
}
