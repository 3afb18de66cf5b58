#!/bin/sh
# Part of install.sh: how it speaks, acts (or, in a dry run, only says so) and remembers what it did.

say() { echo "tenantctl: $*"; }
warn() { echo "tenantctl: warning: $*" >&2; }
die() { echo "tenantctl: $*" >&2; exit 1; }

# Runs a command, after saying so; a dry run only says it.
act() {
  echo "+ $*"
  [ "$DRY" = 1 ] || "$@"
}

# Writes standard input to a file, whole or not at all.
act_write() {
  echo "+ write $1"
  if [ "$DRY" = 1 ]; then cat > /dev/null; return; fi
  cat > "$1.new"
  mv "$1.new" "$1"
}

# The manifest is written before the act, so that a run cut short is undone as well: one "kind value" per line.
remember() {
  if has_done "$1" "$2"; then return; fi
  [ "$DRY" = 0 ] || return 0
  [ -d "$STATE" ] || mkdir -m 0711 "$STATE"
  printf '%s %s\n' "$1" "$2" >> "$MANIFEST"
}
has_done() { [ -f "$MANIFEST" ] && grep -qxF "$1 $2" "$MANIFEST"; }
list_done() { [ ! -f "$MANIFEST" ] || sed -n "s/^$1 //p" "$MANIFEST"; }

has() { command -v "$1" > /dev/null 2>&1; }
