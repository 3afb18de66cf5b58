#!/bin/sh
# Part of install.sh: the main job shown: three friends on this box, with limits and live use.

SECONDS_OF_LOAD=6

show_demo() {
  say "demo: three friends on one box"
  act "$COMMAND" apply "$here/tenants/three-friends.yaml"
  # two samples, so that there is something to see
  act sleep 2
  act "$COMMAND" ls
  say "demo: alice computes as fast as she can for $SECONDS_OF_LOAD seconds; her limit holds, bob and carol do not notice"
  if [ "$DRY" = 1 ]; then echo "+ load in alice, $COMMAND top"; return; fi
  "$COMMAND" exec alice -- sh -c "timeout $SECONDS_OF_LOAD sh -c 'while :; do :; done'" > /dev/null 2>&1 &
  load=$!
  shown=0
  while kill -0 "$load" 2> /dev/null && [ "$shown" -lt $((SECONDS_OF_LOAD / 2)) ]; do
    sleep 2
    shown=$((shown + 1))
    "$COMMAND" top
  done
  wait "$load" || true
  say "demo: a shell as root in alice: tenantctl shell alice; all of it live: tenantctl top --watch"
}
