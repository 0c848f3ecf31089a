#!/bin/bash
# prerequisites.sh run|build: checks what running a test cluster, or building its parts, needs of this machine. Names
# everything that is missing at once, each with what to do, and exits 1.
here=$(cd "$(dirname "$0")" && pwd)
missing=()
lacks() { missing+=("$1"); }
has() { command -v "$1" >/dev/null 2>&1; }

run_needs() {
  [ "$(uname -sm)" = 'Linux x86_64' ] || lacks "Linux on x86-64 (this is $(uname -sm)): use such a machine, or set KUBECONFIG to a cluster that is already there"
  if [ "$(id -u)" != 0 ]; then lacks 'root, for namespaces, mounts and cgroups: run it with sudo'; return; fi
  has unshare || { lacks 'unshare: install util-linux'; return; }
  local problem
  problem=$("$here/ns.sh" true 2>&1) || lacks "${problem:-namespaces of its own: ns.sh true failed}"
}

build_needs() {
  if has go; then
    # Asks the newest of the four modules; an older Go fetches the toolchain that go.mod names unless GOTOOLCHAIN forbids it.
    (cd "$here/containerd" && go version >/dev/null 2>&1) ||
      lacks "Go >= 1.26 ($(cd / && go version 2>&1 | head -n 1)): install it, or let Go fetch it with 'go env -w GOTOOLCHAIN=auto'"
  else
    lacks 'Go >= 1.26: install it and put it on the PATH'
  fi
  has gcc || lacks 'gcc with a static C library, for the pause process: apt-get install gcc libc6-dev'
  has python3 || lacks 'Python 3, for an app of the tests: apt-get install python3'
  has npm || lacks 'npm, to fetch Helm: install Node.js'
  [ -x "$here/../../node_modules/node/bin/node" ] || lacks "the project's npm packages: run 'npm ci' in $(cd "$here/../.." && pwd)"
}

case ${1:-} in
  run) run_needs ;;
  build) build_needs ;;
  *) echo 'usage: prerequisites.sh run|build' >&2; exit 2 ;;
esac
[ ${#missing[@]} = 0 ] && exit
echo 'cluster: this machine lacks' >&2
printf '  - %s\n' "${missing[@]}" >&2
exit 1
