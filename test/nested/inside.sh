#!/bin/sh
# The steps of test:nested inside Docker's container: set-up and demo in a box that is itself a container.
set -u
cd /mnt/tenantctl || exit 1
export LC_ALL=C.UTF-8 HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
REPORT=/tmp/report
. ./test/install/checks.sh

note "root file system: $(stat -f -c %T /), process 1: $(cat /proc/1/comm), kernel $(uname -r)"
./install.sh --demo > /tmp/install.log 2>&1
status=$?
tail -n 70 /tmp/install.log | sed 's/^/#   /'
check "install.sh --demo ends well inside a container" test "$status" = 0
[ "$status" = 0 ] || exit 1
check_isolation
check "purge ends well" sh -c './install.sh --uninstall --purge > /tmp/purge.log 2>&1 || { cat /tmp/purge.log; exit 1; }'
check_not "purge leaves no folder of ours" \
  test -e /usr/local/lib/tenantctl -o -e /var/lib/tenantctl -o -e /run/tenantctl -o -e /usr/local/bin/tenantctl
check_not "purge leaves no cgroup of ours" sh -c 'find /sys/fs/cgroup -maxdepth 2 -type d -name tenantctl | grep .'
note "the end"
