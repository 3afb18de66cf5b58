#!/bin/sh
# `tenantctl` on the PATH: takes exec and shell straight to lxc-attach, everything else to Node.
# Node takes 40 ms to start, this 3. The daemon writes RUN/tenants/NAME/ (root only); what is not plainly right there
# (no such tenant, not running, frozen, not root) goes to Node as well, which asks the daemon and says why.

self=$0
while [ -h "$self" ]; do
  link=$(readlink "$self")
  case $link in /*) self=$link ;; *) self=${self%/*}/$link ;; esac
done
case $self in */*) here=${self%/*} ;; *) here=. ;; esac

to_node() {
  for main in "$here/main.js" "$here/dist/main.js" "$here/../main.ts"; do
    [ -f "$main" ] && break
  done
  for node in "$here/node" "$here/../node" "$here/../bin/node" "$here/../../node_modules/.bin/node"; do
    [ -f "$node" ] && [ -x "$node" ] && break
    node=node
  done
  case ${1-} in
  # the daemon is small for weeks rather than fast at once (4 MB less); DAEMON_FLAGS of programs.ts are the same
  daemon) exec "$node" --optimize-for-size --max-semi-space-size=1 "$main" "$@" ;;
  # the dashboard throws away once a second all it was told: half the memory, for a little more collecting
  dash) exec "$node" --max-semi-space-size=4 "$main" "$@" ;;
  esac
  exec "$node" "$main" "$@"
}

verb=${1-} name=${2-}
case $verb in exec | shell) ;; *) to_node "$@" ;; esac

# the alphabet spelled out: ranges depend on the locale
case $name in
'' | -* | *- | [0123456789]* | *[!abcdefghijklmnopqrstuvwxyz0123456789-]*) to_node "$@" ;;
esac
[ "${#name}" -le 30 ] || to_node "$@"
if [ "$verb" = shell ]; then
  [ $# -eq 2 ] || to_node "$@"
else
  case ${3-} in
  --) [ $# -ge 4 ] || to_node "$@" ;;
  '' | -*) to_node "$@" ;;
  esac
fi

# one line of a file into $line; no process
read_line() { line='' && [ -r "$1" ] && { IFS= read -r line <"$1" || [ -n "$line" ]; }; } 2>/dev/null

folder=${TENANTCTL_RUN:-/run/tenantctl}/tenants/$name
read_line "$folder/lxcpath" && lxcpath=$line || to_node "$@"
read_line "$folder/freezer" && freezer=$line || to_node "$@"
read_line "$folder/freezer_frozen" && frozen=$line || to_node "$@"

# written only where the CPU limit lets fewer threads run than the host has processors
threads=''
! read_line "$folder/threads" || threads=$line

# into a frozen tenant lxc-attach would hang for ever
read_line "$freezer" || to_node "$@"
[ "$line" != "$frozen" ] || to_node "$@"

# lxc-attach ends with 1 when there is no init, and so may the command: tell them apart before
group=${freezer%/*}
if [ -e "$group/cgroup.events" ]; then
  alive=no
  while read -r key value; do [ "$key $value" = 'populated 1' ] && alive=yes; done <"$group/cgroup.events"
  [ $alive = yes ] || to_node "$@"
  pids=$group
else
  read_line "$group/ns/cgroup.procs" || to_node "$@"
  pids=${group%%/freezer/*}/pids/${group#*/freezer/}
fi 2>/dev/null

# the same for a tenant that has used up its processes: attaching takes two
if read_line "$pids/pids.max" && [ "$line" != max ]; then
  most=$line
  if read_line "$pids/pids.current" && [ "$((line + 2))" -gt "$most" ]; then
    echo "tenantctl: tenant \"$name\" uses $line of its $most processes: no command can start" >&2
    echo "hint: tenantctl set $name --pids $((most * 2)), or: tenantctl restart $name" >&2
    exit 126
  fi
fi

shift 2
[ "$verb" = exec ] && [ "$1" = -- ] && shift
if [ "$verb" = shell ]; then
  # the tenant's own choice of shell, made inside
  # shellcheck disable=SC2016 # expanded inside
  set -- /bin/sh -c 'cd; [ -x /bin/bash ] && exec /bin/bash -l; exec /bin/sh -l'
fi

# lxc-attach speaks of lines of its source where a command cannot be run: for one that is not plainly there it is quiet, and
# this script stays to say it. Seen from the host a command may hide (a mount of the tenant's own): it runs all the same.
command=$1 exec=exec quiet='' root=$lxcpath/$name/root
# 0 = it is there, 1 = it is not, 2 = a folder on the way is a link: those are the tenant's, and would lead about the host.
look() {
  path=$root rest=${1#/}
  while [ "$rest" != "${rest#*/}" ]; do
    path=$path/${rest%%/*} rest=${rest#*/}
    [ ! -h "$path" ] || return 2
  done
  [ -h "$path/$rest" ] || { [ -f "$path/$rest" ] && [ -x "$path/$rest" ]; }
}
find_command() {
  case $command in */*) look "$command" || [ $? = 2 ] ;; *)
    for dir in usr/bin bin usr/local/bin usr/sbin sbin usr/local/sbin; do
      look "$dir/$command" && return
    done
    return 1
    ;;
  esac
}
if [ "$verb" = exec ] && [ -d "$root" ] && ! find_command; then exec='' quiet=-q; fi
tell_failure() {
  case $1 in
  127) printf 'tenantctl: there is no command "%s" in tenant "%s"\n' "$command" "$name" >&2 ;;
  126) printf 'tenantctl: "%s" in tenant "%s" is a folder, or may not be executed\n' "$command" "$name" >&2 ;;
  *) exit "$1" ;;
  esac
  echo "hint: look inside: tenantctl shell $name; words of a shell need one: tenantctl exec $name -- sh -c '…'" >&2
  exit "$1"
}

set -- lxc-attach ${quiet:+"$quiet"} -P "$lxcpath" -n "$name" --clear-env \
  --set-var "TERM=${TERM:-dumb}" --set-var HOME=/root --set-var USER=root --set-var LOGNAME=root \
  --set-var "LANG=${LANG:-C.UTF-8}" --set-var SHELL=/bin/sh ${threads:+--set-var "OMP_THREAD_LIMIT=$threads"} \
  --set-var PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin -- "$@"
# The caller's descriptors beyond 0-2 would go along into the tenant, and with them files and folders of the host.
# This shell closes one-digit ones only; the one of its own script ends with exec.
bare=yes
# shellcheck disable=SC3013 # -ef: dash, bash and busybox know it; a shell that does not goes by way of Perl
for fd in /proc/self/fd/*; do
  fd=${fd##*/}
  case $fd in
  [012]) ;;
  [3456789]) eval "exec $fd>&-" ;;
  # a redirection around the whole loop would itself be one more descriptor
  *) [ "/proc/self/fd/$fd" -ef "$0" ] 2>/dev/null || bare=no ;;
  esac
done
cd / || exit 126

# With a terminal at 0, 1 or 2 lxc-attach gives the command one of its own. With none it would keep the caller's as its
# controlling terminal: it could open /dev/tty, read the keys and, where TIOCSTI works, type commands for the caller.
has_terminal() { true </dev/tty; } 2>/dev/null
[ -t 0 ] || [ -t 1 ] || [ -t 2 ] || ! has_terminal || bare=no
[ $bare = no ] || {
  $exec "$@"
  tell_failure $?
}

# shellcheck disable=SC2016 # Perl's variables
$exec perl -MPOSIX -e '
  if (!(grep { -t $_ } *STDIN, *STDOUT, *STDERR) and sysopen my $tty, "/dev/tty", O_RDWR | O_NOCTTY) {
    defined ioctl $tty, 0x5422, 0 or die "giving up the terminal: $!\n"; # TIOCNOTTY
  }
  opendir my $open, "/proc/self/fd" or die "/proc/self/fd: $!\n";
  POSIX::close($_) for grep { /^[0-9]+$/ && $_ > 2 } readdir $open;
  exec { $ARGV[0] } @ARGV or die "$ARGV[0]: $!\n";
' "$@"
tell_failure $?
