#!/bin/sh
# Makes a fresh machine ready for the tests: npm packages as the lock says and, as root on Debian, what the host tests use.
set -eu
cd "$(dirname "$0")/.."

# npm writes node_modules/.package-lock.json last, so a newer lock (or an interrupted npm ci) is seen here
# shellcheck disable=SC3013 # -nt: not POSIX, but in dash, bash, ksh and busybox
if ! [ -x node_modules/.bin/node ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  npm ci --ignore-scripts --no-fund --no-audit
  touch node_modules/.package-lock.json
fi

[ "$(id -u)" = 0 ] || exit 0
command -v dpkg-query >/dev/null 2>&1 || exit 0

wanted="lxc lxcfs nftables iproute2 e2fsprogs debootstrap libatomic1 procps util-linux zstd xz-utils kmod
  user-mode-linux stress-ng shellcheck openssh-client tmux"
# shellcheck disable=SC2086 # a list of words
present=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $wanted 2>/dev/null | sed -n 's/ installed$//p')
missing=
for package in $wanted; do
  echo "$present" | grep -qx "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "installing for the host tests:$missing"
if [ -d /run/systemd/system ]; then
  # Debian's lxc would bring its own bridge up; tenants here have routed links
  systemctl mask --quiet lxc-net.service lxc-monitord.service
fi
apt() { DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -q "$@"; }
# shellcheck disable=SC2086 # a list of words
apt install -y --no-install-recommends $missing || { apt update && apt install -y --no-install-recommends $missing; }
