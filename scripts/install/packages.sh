#!/bin/sh
# Part of install.sh: the host's own packages, by whatever brings them.

NODE_FLOOR=24

# Names by distribution. Debian's are tested; the others follow their distributions' lists and are not.
list_wanted() {
  case $PACKAGER in
    apt-get) echo lxc lxcfs nftables iproute2 e2fsprogs debootstrap libatomic1 procps mount util-linux kmod zstd xz-utils \
      ca-certificates openssh-client ;;
    dnf) echo lxc lxcfs nftables iproute e2fsprogs debootstrap libatomic procps-ng util-linux kmod zstd xz ca-certificates openssh ;;
    pacman) echo lxc lxcfs nftables iproute2 e2fsprogs debootstrap gcc-libs procps-ng util-linux kmod zstd xz \
      ca-certificates openssh ;;
    apk) echo lxc lxcfs nftables iproute2 e2fsprogs debootstrap procps-ng util-linux kmod zstd xz ca-certificates openssh-keygen nodejs ;;
  esac
}

# The major version of a Node, or 0.
node_major() { "$1" -p 'process.versions.node.split(".")[0]' 2> /dev/null || echo 0; }

# A Node of the host that is new enough and stays where it is: not one below a home folder.
find_host_node() {
  HOST_NODE=
  for candidate in /usr/bin/node /usr/local/bin/node /bin/node; do
    [ -x "$candidate" ] && [ "$(node_major "$candidate")" -ge "$NODE_FLOOR" ] || continue
    HOST_NODE=$candidate
    return
  done
}

# npm writes node_modules/.package-lock.json last: an older one means that the lock has changed since.
# shellcheck disable=SC3013 # -nt: not POSIX, but in dash, bash, ksh and busybox
has_modules() {
  [ -x "$here/node_modules/esbuild/bin/esbuild" ] && [ -f "$here/node_modules/.package-lock.json" ] &&
    ! [ "$here/package-lock.json" -nt "$here/node_modules/.package-lock.json" ]
}

is_installed() {
  case $PACKAGER in
    apt-get) [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2> /dev/null)" = installed ] ;;
    dnf) rpm -q "$1" > /dev/null 2>&1 ;;
    pacman) pacman -Qq "$1" > /dev/null 2>&1 ;;
    apk) apk info -e "$1" > /dev/null 2>&1 ;;
  esac
}

# MISSING: what of the wanted is not there; npm only if it has work to do and is absent.
find_missing() {
  wanted=$(list_wanted)
  if ! is_program_current && ! has_modules && ! has npm; then wanted="$wanted npm"; fi
  MISSING=
  for package in $wanted; do
    is_installed "$package" || MISSING="$MISSING $package"
  done
}

apt() {
  DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold -q "$@"
}

# Debian's lxc brings a bridge with DHCP up; tenants have routed links, so it never gets that far.
prevent_bridge() {
  if is_installed lxc; then return; fi
  remember_instances
  if [ "$HAS_SYSTEMD" = 1 ]; then
    for unit in lxc-net.service lxc-monitord.service; do
      [ "$(systemctl is-enabled "$unit" 2> /dev/null || true)" != masked ] || continue
      remember masked "$unit"
      act systemctl mask --quiet "$unit"
    done
  fi
  if ! [ -e /etc/default/lxc-net ]; then
    remember file /etc/default/lxc-net
    printf '# written by tenantctl install.sh: tenants have routed links, no bridge\nUSE_LXC_BRIDGE="false"\n' |
      act_write /etc/default/lxc-net
  fi
}

# Every package apt would add, remembered one by one: purge removes these and no other.
remember_apt_plan() {
  # shellcheck disable=SC2086 # a list of words
  plan=$(apt -s install --no-install-recommends $MISSING) || return 1
  for package in $(echo "$plan" | sed -n 's/^Inst \([^ ]*\).*/\1/p'); do
    is_installed "$package" || remember package "$package"
  done
  # Debian's dnsmasq-base (needed by lxc) makes a user, openssh-client a group; they leave them behind
  if has_done package dnsmasq-base && ! grep -q '^dnsmasq:' /etc/passwd; then remember user dnsmasq; fi
  if has_done package openssh-client && ! grep -q '^_ssh:' /etc/group; then remember group _ssh; fi
}

# apt-get waits for the locks of dpkg, dpkg itself does not: the one that a killed run had started is gone only when
# its last write is done. What else apt-get thinks of the packages is not asked here.
wait_for_dpkg() {
  [ "$DRY" = 1 ] || apt check 2> /dev/null | sed -n '/^Waiting/p'
}

# A run that was killed while packages were unpacked leaves them half-way; apt then refuses to go on.
heal_dpkg() {
  wait_for_dpkg
  if [ -z "$(dpkg --audit)" ] && [ -z "$(ls -A /var/lib/dpkg/updates)" ]; then return; fi
  act dpkg --force-confold --configure -a || true
  act apt install -y --no-install-recommends --fix-broken || warn "apt-get cannot mend half-installed packages"
}

install_apt() {
  heal_dpkg
  # a fresh image has no lists, an old one lists what the archive no longer has
  if [ "$DRY" = 0 ]; then
    remember_apt_plan > /dev/null 2>&1 || { act apt update && remember_apt_plan; } ||
      die "apt-get cannot install:$MISSING (see above; is the network there?)"
  fi
  # shellcheck disable=SC2086 # a list of words
  act apt install -y --no-install-recommends $MISSING ||
    { act apt update && remember_apt_plan && act apt install -y --no-install-recommends $MISSING; } ||
    die "apt-get failed; run ./install.sh again when its complaint above is mended"
}

install_other() {
  warn "package names for $PACKAGER are not tested; mend and run again if it refuses one"
  for package in $MISSING; do remember package "$package"; done
  # shellcheck disable=SC2086 # lists of words
  case $PACKAGER in
    dnf) act dnf install -y --setopt=install_weak_deps=False $MISSING ;;
    pacman) act pacman -S --needed --noconfirm $MISSING ;;
    apk) act apk add $MISSING ;;
  esac || die "$PACKAGER failed; install by hand what it refused, then run ./install.sh again:$MISSING"
}

ensure_packages() {
  find_host_node
  find_missing
  if [ -z "$MISSING" ]; then
    say "packages: all there"
    return
  fi
  say "packages:$MISSING"
  if [ "$PACKAGER" = apt-get ]; then
    prevent_bridge
    install_apt
  else
    install_other
  fi
}
