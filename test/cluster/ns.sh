#!/bin/bash
# ns.sh COMMAND...: run COMMAND in mount, network, PID, IPC, UTS and cgroup namespaces of its own. Everything it starts is
# killed and unmounted when it ends or when this script gets SIGTERM; nothing in it reaches, or is reached from, any other
# network, nor another cluster on this machine. Exits with COMMAND's status.
set -eu
if [ "${1:-}" != --inside ]; then exec unshare -m --propagation private "$0" --inside "$@"; fi
shift

# cgroup v1 hierarchies, seen from the caller's cgroup namespace.
mount_cgroups() {
  local controller
  mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
  for controller in cpu cpuacct cpuset memory devices freezer blkio pids systemd; do
    mkdir "/sys/fs/cgroup/$controller"
    mount -t cgroup -o "$([ $controller = systemd ] && echo none,name=systemd || echo $controller)" cgroup "/sys/fs/cgroup/$controller" 2>/dev/null ||
      { echo "cgroup v1 (cannot mount its $controller controller): boot with systemd.unified_cgroup_hierarchy=0, or set KUBECONFIG to a cluster that is already there" >&2; exit 1; }
  done
}

if [ "${1:-}" = --isolated ]; then
  shift
  mount_cgroups
  here=$PWD
  cd / && mount -t tmpfs tmpfs /run && cd "$here"
  set +e
  "$@"
  exit
fi

# A cgroup of its own below the present one: the kubelets of two clusters would else tidy away each other's pods.
mount_cgroups
groups=()
while IFS=: read -r _ controller path; do
  controller=${controller#name=}
  [ -n "$controller" ] && [ -d "/sys/fs/cgroup/$controller" ] || continue
  group=/sys/fs/cgroup/$controller${path%/}/keyfirst-$$
  mkdir "$group"
  groups+=("$group")
  # A new cpuset is empty, and an empty one takes no process.
  if [ "$controller" = cpuset ]; then for f in cpuset.cpus cpuset.mems; do cat "${group%/*}/$f" > "$group/$f"; done; fi
done < /proc/self/cgroup

(
  for group in "${groups[@]}"; do echo "$BASHPID" > "$group/cgroup.procs"; done
  exec unshare -m -n -C -i -u -p -f --kill-child --mount-proc --propagation private "$0" --inside --isolated "$@"
) <&0 &
child=$!
# unshare itself ignores SIGTERM while it waits; what it started dies with it. Bash would report the kill on stderr.
trap 'exec 2>/dev/null; kill -KILL $child' TERM INT HUP
set +e
wait $child; status=$?
trap '' TERM INT HUP
for _ in $(seq 50); do # the kernel takes a moment to let go of the last processes
  find "${groups[@]}" -depth -type d -exec rmdir {} + 2>/dev/null
  ls -d "${groups[@]}" >/dev/null 2>&1 || break
  sleep 0.1
done
exit $status
