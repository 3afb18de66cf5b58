#!/bin/sh
# Sets tenantctl up on this machine, or takes it away again. May be run any number of times.
set -eu
umask 022
# sudo and cron leave the sbin folders out; a test gives a whole PATH of its own
[ -n "${TENANTCTL_INSTALL_PATH:-}" ] || PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
here=$(cd "$(dirname "$0")" && pwd)

usage() {
  cat <<'TEXT'
usage: sudo ./install.sh [OPTIONS]

  (none)               install or update tenantctl, end with tenantctl doctor
  --demo               then apply tenants/three-friends.yaml and show alice, bob and carol at work
  --dry-run            print every action and do none (needs no root)
  --uninstall          remove the program; tenants and their data stay
  --uninstall --purge  leave nothing: also tenants, data, configuration, group, and the packages this script brought
  --keep-packages      with --purge: leave those packages
  --help               this text

Environment: PREFIX (/usr/local) is where the program goes. Exit status: 0 done, 1 failed, 2 wrong use or a missing
precondition (then nothing was changed).
TEXT
}

DRY=0 DEMO=0 GOAL=install PURGE=0 KEEP_PACKAGES=0
for word in "$@"; do
  case $word in
    --dry-run) DRY=1 ;;
    --demo) DEMO=1 ;;
    --uninstall) GOAL=uninstall ;;
    --purge) PURGE=1 ;;
    --keep-packages) KEEP_PACKAGES=1 ;;
    --help | -h) usage; exit 0 ;;
    *) echo "install.sh: unknown option \"$word\"" >&2; usage >&2; exit 2 ;;
  esac
done
if [ "$GOAL" = install ] && [ "$PURGE" = 1 ]; then
  echo "install.sh: --purge goes with --uninstall: sudo ./install.sh --uninstall --purge" >&2
  exit 2
fi

PREFIX=${PREFIX:-/usr/local}
LIB=$PREFIX/lib/tenantctl
STAGE=$PREFIX/lib/tenantctl.new
COMMAND=$PREFIX/bin/tenantctl
STATE=/var/lib/tenantctl
RUN=/run/tenantctl
CONFIG=/etc/tenantctl
CACHE=/var/cache/tenantctl
UNIT=/etc/systemd/system/tenantctl.service
PROFILE=/etc/apparmor.d/tenantctl-tenant
LXCFS_DROPIN=/etc/systemd/system/lxcfs.service.d/tenantctl.conf
MANIFEST=$STATE/install.manifest
HAS_SYSTEMD=0
[ ! -d /run/systemd/system ] || HAS_SYSTEMD=1

# shellcheck source=scripts/install/act.sh
. "$here/scripts/install/act.sh"
# shellcheck source=scripts/install/preconditions.sh
. "$here/scripts/install/preconditions.sh"
# shellcheck source=scripts/install/packages.sh
. "$here/scripts/install/packages.sh"
# shellcheck source=scripts/install/program.sh
. "$here/scripts/install/program.sh"
# shellcheck source=scripts/install/apparmor.sh
. "$here/scripts/install/apparmor.sh"
# shellcheck source=scripts/install/lxcfs.sh
. "$here/scripts/install/lxcfs.sh"
# shellcheck source=scripts/install/services.sh
. "$here/scripts/install/services.sh"
# shellcheck source=scripts/install/settings.sh
. "$here/scripts/install/settings.sh"
# shellcheck source=scripts/install/remove.sh
. "$here/scripts/install/remove.sh"
# shellcheck source=scripts/install/demo.sh
. "$here/scripts/install/demo.sh"

check_preconditions
[ "$DRY" = 0 ] || say "dry run: nothing is changed; lines with + are what would be done"

if [ "$GOAL" = uninstall ]; then
  remove_program
  [ "$PURGE" = 0 ] || purge_everything
  report_removal
  exit 0
fi

ensure_packages
ensure_group
ensure_program
ensure_overlay
ensure_sysfs
ensure_lxcfs
ensure_profile
ensure_service
show_doctor
[ "$DEMO" = 0 ] || show_demo
say "done. next: tenantctl ls, tenantctl --help; to remove: ./install.sh --uninstall"
