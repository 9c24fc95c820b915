#!/usr/bin/env bash
# docker compose 2.40.3 as a program of its own, built from its Go module, into ${CORRELATOR_LAB:-$HOME/.cache/correlator-lab}/bin.
# It reads and checks compose files (`config`) without a container engine. Skips what is there; 2 minutes on 2 cores, 67 MB.
# CORRELATOR_PEERS names the folder with lib.sh, which says how a published Go module is built.
set -euo pipefail
. "${CORRELATOR_PEERS:?set CORRELATOR_PEERS: the folder with lib.sh}/lib.sh"
[ -x "$bin/docker-compose" ] && exit 0
module=github.com/docker/compose/v2 version=v2.40.3
ldflags="-X $module/internal.Version=$version"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
there=$bin bin=$work # the module calls its program "cmd"
go_commands "$module" "$version" "$module/cmd"
install -m 755 "$work/cmd" "$there/docker-compose"
