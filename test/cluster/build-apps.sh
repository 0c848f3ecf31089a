#!/bin/bash
# build-apps.sh: prepares what only some end-to-end tests need, under $CLUSTER_CACHE (default ~/.cache/keyfirst-cluster):
# images of apps that take environment variables in apps/, bin/typed-webhook, bin/cert-manager and its CRDs. Cold about five
# minutes, nearly all of it cert-manager.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
webhook=$here/../fixtures/typed-webhook
cert_manager=$here/../fixtures/cert-manager
cache=${CLUSTER_CACHE:-$HOME/.cache/keyfirst-cluster}
node=$root/node_modules/node/bin/node
products=("$cache"/apps/{scratch,distroless,node,python}.tar "$cache"/bin/{typed-webhook,cert-manager} "$cache/cert-manager/cert-manager.io_certificates.yaml")

stamp=$({ cd "$here" && cat build-apps.sh apps/* "$webhook"/* "$cert_manager"/* ../../scripts/{oci,node-base-layer,shared-libraries,program-image}.ts \
  ../../node_modules/node/package.json && python3 --version; } 2>&1 | sha256sum)
fresh() { local file; [ "$(cat "$cache/apps/stamp" 2>/dev/null)" = "$stamp" ] || return 1; for file in "${products[@]}"; do [ -s "$file" ] || return 1; done; }
if fresh; then exit; fi
"$here/prerequisites.sh" build

mkdir -p "$cache"/{apps,bin,build}
exec 9>"$cache/apps/lock"
flock 9
if fresh; then exit; fi # the build that we waited for was the same one
log=$cache/build/apps.log
: > "$log"
echo "cluster: building the tests' apps (log $log)" >&2
trap '[ $? = 0 ] || { tail -n 20 "$log"; echo "cluster: the build of the apps failed; whole log $log"; } >&2' EXIT
rm -f "$cache/apps/stamp"

# go_build MODULE OUTPUT: the module's folder is only read.
go_build() { (cd "$1" && GOFLAGS=-mod=readonly go build -trimpath -buildvcs=false -ldflags '-s -w' -o "$2" .) >> "$log" 2>&1; }
CGO_ENABLED=0 go_build "$webhook" "$cache/bin/typed-webhook"
CGO_ENABLED=0 go_build "$cert_manager" "$cache/bin/cert-manager"
mkdir -p "$cache/cert-manager"
module=$(cd "$cert_manager" && GOFLAGS=-mod=readonly go list -m -f '{{.Dir}}' github.com/cert-manager/cert-manager 2>> "$log")
install -m 644 "$module"/deploy/crds/cert-manager.io_*.yaml "$cache/cert-manager/"
CGO_ENABLED=0 go_build "$here/apps" "$cache/build/app-no-libc"
CGO_ENABLED=1 go_build "$here/apps" "$cache/build/app-libc"
"$node" "$here/apps/images.ts" "$cache/build/app-libc" "$cache/build/app-no-libc" "$cache/apps" >> "$log" 2>&1
echo "$stamp" > "$cache/apps/stamp"
