#!/bin/sh
# Builds a fresh Debian 12 tree below .cache/trees once and prints its path: `plain` (minbase, no
# init, with the packages install.sh will ask for waiting in apt's cache, for boxes without network) or `vm` (systemd,
# kernel).
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
name=${1:?plain or vm}
trees=$root/.cache/trees
wanted=$(PACKAGER=apt-get sh -c '. "$0/scripts/install/packages.sh"; list_wanted' "$root")

case $name in
  plain) set -- --variant=minbase --include=ca-certificates,mount,kmod ;;
  vm) set -- --include=linux-image-cloud-amd64,systemd-sysv,udev,dbus,iproute2,ca-certificates,kmod,apparmor ;;
  *) echo "debian-tree.sh: \"$name\" is neither plain nor vm" >&2; exit 2 ;;
esac
# another recipe or another list of packages is another tree
tree=$trees/$name-$(echo "$*" "$wanted" | sha256sum | cut -c 1-8)

fill_cache() {
  cp -L /etc/resolv.conf "$1/etc/resolv.conf"
  # shellcheck disable=SC2086 # a list of words
  { chroot "$1" apt-get update &&
    chroot "$1" apt-get install -y --no-install-recommends --download-only $wanted; } >> "$trees/$name.log" 2>&1
}

if ! [ -d "$tree" ]; then
  mkdir -p "$trees"
  exec 9> "$trees/.lock"
  flock 9
  if ! [ -d "$tree" ]; then
    rm -rf "$trees/${name:?}" "$trees/$name"-*
    echo "building the Debian tree \"$name\" (a minute or two)" >&2
    debootstrap "$@" bookworm "$tree.new" > "$trees/$name.log" 2>&1 || { tail -n 5 "$trees/$name.log" >&2; exit 1; }
    # the mirror debootstrap used, with the security and update archives as a fresh installation has them
    mirror=$(sed -n 's/^deb \([^ ]*\) .*/\1/p' "$tree.new/etc/apt/sources.list" | head -n 1)
    printf 'deb %s %s main\n' "$mirror" bookworm "$mirror" bookworm-updates \
      "${mirror%/debian}/debian-security" bookworm-security > "$tree.new/etc/apt/sources.list"
    rm -f "$tree.new"/var/cache/apt/archives/*.deb
    [ "$name" != plain ] || fill_cache "$tree.new"
    mv "$tree.new" "$tree"
  fi
fi
echo "$tree"
