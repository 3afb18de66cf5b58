// What the minimal template consists of: names of programs, and the few files written by us.

/** Raised when the texts below change in a way their own digest does not show. */
export const MINIMAL_VERSION = 1;

export const PROGRAM_FOLDERS = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'] as const;

/** Without these a tenant is of no use; their absence fails the build. */
export const NEEDED = ['sh', 'bash', 'ls', 'cat', 'sleep', 'ps', 'mount', 'ip', 'kill'] as const;

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

export const PROGRAMS: readonly string[] = words(`
  sh bash dash
  arch b2sum base32 base64 basename basenc cat chgrp chmod chown chroot cksum comm cp csplit cut date dd df dir
  dircolors dirname du echo env expand expr factor false fmt fold groups head hostid id install join link ln logname
  ls md5sum mkdir mkfifo mknod mktemp mv nice nl nohup nproc numfmt od paste pathchk pinky pr printenv printf ptx pwd
  readlink realpath rm rmdir runcon seq sha1sum sha224sum sha256sum sha384sum sha512sum shred shuf sleep sort split
  stat stdbuf stty sum sync tac tail tee test [ timeout touch tr true truncate tsort tty uname unexpand uniq unlink
  users vdir wc who whoami yes
  ps top free uptime kill pgrep pkill pidof pmap pwdx slabtop tload vmstat w watch sysctl
  mount umount findmnt lsblk lsns lscpu lsmem nsenter unshare setsid setpriv flock fallocate getopt hexdump
  last logger losetup mkfs mountpoint more namei prlimit renice rev script taskset column dmesg ionice ipcs ipcrm
  hostname ip ss bridge tc ping ping6 nstat
  grep egrep fgrep sed awk find xargs tar gzip gunzip zcat bzip2 bunzip2 xz unxz zstd diff cmp which less clear tput
  reset getent getcap setcap ldd locale vi
`);

/** Loaded by name at run time, so ldd does not show them (glibc before 2.34 needs the first two for any lookup). */
export const EXTRA_LIBRARIES = ['libnss_files.so.2', 'libnss_dns.so.2', 'libresolv.so.2', 'libgcc_s.so.1'] as const;

export const EXTRA_FILES = [
  '/usr/lib/locale/C.utf8',
  '/lib/terminfo/x/xterm',
  '/lib/terminfo/x/xterm-256color',
  '/lib/terminfo/l/linux',
  '/lib/terminfo/s/screen',
  '/lib/terminfo/s/screen-256color',
  '/lib/terminfo/t/tmux',
  '/lib/terminfo/t/tmux-256color',
  '/lib/terminfo/v/vt100',
  '/lib/terminfo/d/dumb',
  '/usr/share/terminfo/x/xterm',
  '/usr/share/terminfo/x/xterm-256color',
  '/usr/share/terminfo/l/linux',
  '/usr/share/terminfo/s/screen-256color',
  '/usr/share/terminfo/v/vt100',
  '/usr/share/terminfo/d/dumb',
  '/etc/protocols',
  '/etc/services',
  '/etc/ld.so.conf',
  '/etc/ld.so.conf.d',
] as const;

export interface PlainFolder {
  readonly path: string;
  readonly mode: number;
}

export const FOLDERS: readonly PlainFolder[] = [
  ...words(`
    dev etc etc/tenant.d home media mnt opt proc run srv sys usr usr/bin usr/lib usr/lib64 usr/sbin usr/local
    usr/local/bin usr/local/sbin usr/share var var/cache var/lib var/log var/spool
  `).map((path) => ({ path, mode: 0o755 })),
  { path: 'root', mode: 0o700 },
  { path: 'tmp', mode: 0o1777 },
  { path: 'var/tmp', mode: 0o1777 },
];

export const LINKS: readonly { readonly path: string; readonly target: string }[] = [
  { path: 'bin', target: 'usr/bin' },
  { path: 'sbin', target: 'usr/sbin' },
  { path: 'lib', target: 'usr/lib' },
  { path: 'lib64', target: 'usr/lib64' },
  { path: 'var/run', target: '/run' },
  { path: 'var/lock', target: '/run/lock' },
  { path: 'etc/mtab', target: '/proc/self/mounts' },
];

const PROFILE = `export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LANG=C.UTF-8
umask 022
if [ "$BASH" ]; then
  PS1='\\u@\\h:\\w\\$ '
else
  PS1="\${USER:-root}@$(hostname):\\$ "
fi
alias ls='ls --color=auto' ll='ls -l'
`;

/** Text files by path below the root; mode 644 unless named. */
export const TEXTS: readonly { readonly path: string; readonly text: string; readonly mode?: number }[] = [
  {
    path: 'etc/passwd',
    text: [
      'root:x:0:0:root:/root:/bin/bash',
      'daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin',
      'bin:x:2:2:bin:/bin:/usr/sbin/nologin',
      'sys:x:3:3:sys:/dev:/usr/sbin/nologin',
      'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin',
      '',
    ].join('\n'),
  },
  {
    path: 'etc/group',
    text: 'root:x:0:\ndaemon:x:1:\nbin:x:2:\nsys:x:3:\nadm:x:4:\ntty:x:5:\ndisk:x:6:\nutmp:x:43:\nusers:x:100:\nnogroup:x:65534:\n',
  },
  { path: 'etc/shadow', text: 'root:*:19700:0:99999:7:::\nnobody:*:19700:0:99999:7:::\n', mode: 0o640 },
  { path: 'etc/shells', text: '/bin/sh\n/bin/bash\n' },
  {
    path: 'etc/nsswitch.conf',
    text: 'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nservices: files\n',
  },
  { path: 'etc/profile', text: PROFILE },
  { path: 'etc/bash.bashrc', text: PROFILE },
  { path: 'root/.profile', text: '. /etc/profile\n' },
  { path: 'root/.bashrc', text: '. /etc/profile\n' },
  { path: 'etc/host.conf', text: 'multi on\n' },
  { path: 'etc/hosts', text: '127.0.0.1 localhost\n::1 localhost ip6-localhost\n' },
  { path: 'etc/os-release', text: 'ID=tenantctl-minimal\nNAME="tenantctl minimal"\nPRETTY_NAME="tenantctl minimal"\n' },
  { path: 'usr/sbin/nologin', text: '#!/bin/sh\necho "This account is not available."\nexit 1\n', mode: 0o755 },
  { path: 'usr/sbin/poweroff', text: '#!/bin/sh\n# init stops everything on SIGPWR\nkill -s PWR 1\n', mode: 0o755 },
  { path: 'usr/sbin/halt', text: '#!/bin/sh\nkill -s PWR 1\n', mode: 0o755 },
];
