// Process 1 of the minimal template: a POSIX shell script, for hosts have no compiler.

/**
 * - `wait` of a shell reaps every child (waitpid(-1)), so orphans handed to process 1 do not stay as zombies.
 * - A signal without a handler never reaches process 1 (pid_namespaces(7)), so each one that means "stop" is trapped:
 *   SIGPWR (lxc.signal.halt), SIGTERM, and 37 = SIGRTMIN+3 (systemd(1)) where glibc's SIGRTMIN is 34.
 * - A signal may come between the look at `stopping` and `wait`: its trap ends the sleep that would be waited for, by
 *   KILL, as a child that was forked just now still has our handlers.
 * - `kill -1` reaches all of the pid namespace but its process 1 (kill(2)).
 */
export const MINIMAL_INIT = `#!/bin/sh
# init of a minimal tenant: starts /etc/tenant.d/*, reaps orphans, stops everything on SIGPWR or SIGTERM
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
HOME=/root
LANG=C.UTF-8
export PATH HOME LANG
stopping=
idle=

halt() {
  stopping=1
  [ -z "$idle" ] || kill -s KILL $idle 2>/dev/null
}

left() {
  set -- /proc/[0-9]*
  [ $# -gt 1 ]
}

trap halt PWR TERM 37
trap : HUP INT USR1 USR2 WINCH

cd /
umask 022
mount -t tmpfs -o mode=0755,nosuid,nodev,size=16m tmpfs /run 2>/dev/null
mkdir -p /run/lock /run/user
ip link set lo up 2>/dev/null

for file in /etc/tenant.d/*; do
  [ -f "$file" ] && [ -x "$file" ] && "$file" </dev/null &
done

while [ -z "$stopping" ]; do
  sleep 2147483647 &
  idle=$!
  [ -n "$stopping" ] || wait $idle
  kill -s KILL $idle 2>/dev/null
  idle=
done

echo "init: stopping"
trap '' PWR TERM 37 HUP INT
kill -s HUP -1 2>/dev/null
kill -s TERM -1 2>/dev/null
kill -s CONT -1 2>/dev/null
turns=0
while left && [ $turns -lt 10 ]; do
  sleep 0.1
  turns=$((turns + 1))
done
kill -s KILL -1 2>/dev/null
exit 0
`;
