#!/bin/sh
# `npm run test:vm`: a fresh Debian 12 with systemd in qemu (no KVM needed), in which a clean clone's install.sh --demo
# runs. Takes half an hour; needs root, and the network for Debian's and npm's packages. Last line: N passed, N failed.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cd "$root"
[ "$(id -u)" = 0 ] || { echo "test:vm builds a Debian tree: run it as root" >&2; exit 1; }

# Two hours for each boot: emulated processors are 5-15 times slower than real ones, more so when the machine is busy.
DEADLINE=${VM_DEADLINE:-7200}
MEMORY=3072

need() {
  command -v "$1" > /dev/null && return
  DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y -q --no-install-recommends "$2"
}
need qemu-system-x86_64 qemu-system-x86
need debootstrap debootstrap
need mkfs.ext4 e2fsprogs

tree=$(sh test/support/debian-tree.sh vm)
work=$(mktemp -d "$root/.cache/vm-XXXXXX")
pid=
clean() {
  if [ -n "$pid" ]; then kill -TERM "$pid" 2> /dev/null && wait "$pid" || true; fi
  rm -rf "$work"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# the disk of the machine: the tree, a unit that starts the test, a network by DHCP
echo "vm: making its disks"
mkdir "$work/seed" "$work/disk"
cp -a "$tree/." "$work/disk/"
cp -L /etc/resolv.conf "$work/disk/etc/resolv.conf"
# a machine behind a proxy trusts more than Debian does; what reads the registries inside must as well
cp -L "${NODE_EXTRA_CA_CERTS:-/etc/ssl/certs/ca-certificates.crt}" "$work/disk/etc/ssl/outside.crt"
echo vm > "$work/disk/etc/hostname"
cp "$here/vm-test.service" "$work/disk/etc/systemd/system/"
cp "$here/uplink.network" "$work/disk/etc/systemd/network/"
echo '/dev/vda / ext4 rw,discard 0 1' > "$work/disk/etc/fstab"
for unit in vm-test.service systemd-networkd.service; do
  source=/lib/systemd/system/$unit
  [ -e "$work/disk$source" ] || source=/etc/systemd/system/$unit
  ln -sf "$source" "$work/disk/etc/systemd/system/multi-user.target.wants/$unit"
done
# its login prompt would hang the console up
ln -s /dev/null "$work/disk/etc/systemd/system/serial-getty@ttyS0.service"
truncate -s 12G "$work/vda.img"
mkfs.ext4 -q -F -d "$work/disk" "$work/vda.img"
rm -rf "$work/disk"

# the second disk: a clean clone of the last commit, the steps, room for results
git clone -q --depth 1 "file://$root" "$work/seed/tenantctl"
cp "$here/inside.sh" "$root/test/install/snapshot.sh" "$work/seed/"
# a server of its own, to see it come up in the profile of tenants
node_modules/.bin/node test/vm/debian-tar.ts "$work/seed/debian.tar"
# shellcheck disable=SC2012 # the one kernel of the tree
kernel=$(ls "$tree"/boot/vmlinuz-* | tail -n 1)
truncate -s 2G "$work/vdb.img"
mkfs.ext4 -q -F -d "$work/seed" "$work/vdb.img"

boot() {
  timeout "$DEADLINE" qemu-system-x86_64 -accel tcg,thread=multi -cpu max -m "$MEMORY" -smp 2 -nographic -no-reboot \
    -kernel "$kernel" -initrd "${kernel%vmlinuz-*}initrd.img-${kernel##*vmlinuz-}" \
    -append "root=/dev/vda rw console=ttyS0 quiet systemd.show_status=false" \
    -drive "file=$work/vda.img,if=virtio,format=raw,cache=unsafe,discard=unmap" \
    -drive "file=$work/vdb.img,if=virtio,format=raw,cache=unsafe" \
    -nic user,model=virtio < /dev/null &
  pid=$!
  wait "$pid" || true
  pid=
}
# a file of the second disk, without mounting it
result() { debugfs -R "cat /$1" "$work/vdb.img" 2> /dev/null; }

for number in 1 2; do
  echo "vm: boot $number"
  boot
  [ "$(result phase)" = "$((number + 1))" ] || break
done
result report
if [ "$(result phase)" != 3 ]; then
  echo "vm: it did not come to its end (phase $(result phase))"
  echo not ok >> "$work/lost"
fi
passed=$(result report | grep -c '^ok ' || true)
failed=$(result report | grep -c '^not ok ' || true)
[ ! -f "$work/lost" ] || failed=$((failed + 1))
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
