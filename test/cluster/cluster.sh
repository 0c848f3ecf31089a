#!/bin/bash
# cluster.sh [COMMAND...]: run COMMAND (an interactive shell if there is none) against a fresh one-node Kubernetes and take
# it down again. Builds first what is missing. When the cluster or COMMAND fails the logs stay, else nothing does.
# KEEP=1 keeps the whole folder. SIGTERM ends it early. For IMAGES, API_SERVER_FLAGS and KUBELET_FLAGS see README.md.
# Exits with COMMAND's status.
set -u
here=$(cd "$(dirname "$0")" && pwd)
if [ $# = 0 ]; then
  [ -t 0 ] || { echo 'usage: cluster.sh COMMAND...' >&2; exit 2; }
  set -- "${SHELL:-bash}"
fi
"$here/prerequisites.sh" run && "$here/build.sh" && "$here/build-apps.sh" || exit 1

export CLUSTER_DIR=${CLUSTER_DIR:-$(mktemp -d /tmp/cluster.XXXXXX)}
mkdir -p "$CLUSTER_DIR"
# It is emptied at the end.
[ -z "$(ls -A "$CLUSTER_DIR")" ] || { echo "cluster: CLUSTER_DIR=$CLUSTER_DIR is not empty: name an empty folder, or none" >&2; exit 1; }
"$here/ns.sh" "$here/up.sh" "$@" <&0 &
child=$!
stopped=
trap 'stopped=yes; kill -TERM $child 2>/dev/null' TERM INT HUP
wait $child; status=$?
# A signal ends the first wait before the cluster is down.
wait $child 2>/dev/null
if [ -n "${KEEP:-}" ]; then
  echo "cluster: kept $CLUSTER_DIR" >&2
elif [ $status != 0 ] && [ -z "$stopped" ]; then
  find "$CLUSTER_DIR" -mindepth 1 -maxdepth 1 ! -name log ! -name pod-logs -exec rm -rf {} +
  echo "cluster: failed with status $status; logs of its parts in $CLUSTER_DIR/log, of its pods in $CLUSTER_DIR/pod-logs" >&2
else
  rm -rf "$CLUSTER_DIR"
fi
exit $status
