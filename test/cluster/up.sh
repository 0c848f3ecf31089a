#!/bin/bash
# up.sh COMMAND...: inside ns.sh, start a one-node Kubernetes (etcd, API server, controllers, scheduler, proxy, kubelet,
# containerd, DNS), then run COMMAND with KUBECONFIG and PATH set. IMAGES (a list of OCI archives) are loaded too.
# Each part logs to $CLUSTER_DIR/log. Exits with COMMAND's status.
set -u
cache=${CLUSTER_CACHE:-$HOME/.cache/keyfirst-cluster}
D=${CLUSTER_DIR:?run it by cluster.sh}
export PATH=$cache/bin:$PATH KUBECONFIG=$D/admin.conf
mkdir -p "$D"/{pki,log,cni,pod-logs}
kube=$cache/bin/kube
node_ip=10.77.0.1
ip link set lo up
ip addr add $node_ip/32 dev lo
# Addresses of Services: kube-proxy changes where packets go only after the kernel has found them a route.
ip route add 10.96.0.0/16 dev lo src $node_ip

declare -A pid_of
# start LOG COMMAND...: in the background.
start() { "${@:2}" > "$D/log/$1" 2>&1 & pid_of[$1]=$!; }
# give_up MESSAGE LOG
give_up() { { echo "cluster: $1; the end of $D/log/$2:"; tail -n 20 "$D/log/$2"; } >&2; exit 1; }
# wait_for LOG COMMAND...: until COMMAND succeeds, at most a minute; not longer than the part lives that writes LOG.
wait_for() {
  local deadline=$((SECONDS + 60))
  until "${@:2}" >/dev/null 2>&1; do
    kill -0 "${pid_of[$1]}" 2>/dev/null || give_up "$1 has ended" "$1"
    [ $SECONDS -lt $deadline ] || give_up "$1 did not come up in 60 s" "$1"
    sleep 0.1
  done
}

# The machine's own name servers are out of reach in here.
echo "nameserver $node_ip" > "$D/resolv.conf"
[ ! -e /etc/resolv.conf ] || mount --bind "$D/resolv.conf" /etc/resolv.conf

cat > "$D/containerd.toml" <<T
version = 3
root = "$D/containerd"
state = "$D/containerd-state"
[grpc]
  address = "$D/containerd.sock"
[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = true
  disable_apparmor = true
  disable_hugetlb_controller = true
  tolerate_missing_hugetlb_controller = true
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["/usr/lib/cni"]
    conf_dir = "$D/cni"
[plugins."io.containerd.cri.v1.images"]
  snapshotter = "overlayfs"
  [plugins."io.containerd.cri.v1.images".pinned_images]
    sandbox = "localhost/pause:1"
T
cat > "$D/cni/10-pods.conflist" <<T
{"cniVersion": "1.0.0", "name": "pods", "plugins": [
  {"type": "bridge", "bridge": "cni0", "isGateway": true, "hairpinMode": true,
   "ipam": {"type": "host-local", "dataDir": "$D/ipam", "ranges": [[{"subnet": "10.76.0.0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
  {"type": "loopback"}]}
T
start containerd containerd -c "$D/containerd.toml"
load_images() {
  local image
  until ctr -a "$D/containerd.sock" version >/dev/null 2>&1; do sleep 0.1; done
  for image in "$cache"/images/*.tar ${IMAGES:-}; do
    ctr -a "$D/containerd.sock" -n k8s.io images import --all-platforms "$image" || { echo "cannot load $image"; return 1; }
  done
}
start images load_images

openssl genrsa -out "$D/pki/sa.key" 2048 2>/dev/null
openssl rsa -in "$D/pki/sa.key" -pubout -out "$D/pki/sa.pub" 2>/dev/null
cat > "$D/tokens.csv" <<T
admin-token,admin,admin,"system:masters"
controllers-token,system:kube-controller-manager,controllers,"system:masters"
scheduler-token,system:kube-scheduler,scheduler,"system:masters"
proxy-token,system:kube-proxy,proxy,"system:masters"
node-token,system:node:node1,node1,"system:nodes"
T
for user in admin controllers scheduler proxy node; do cat > "$D/$user.conf" <<T
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://127.0.0.1:6443", insecure-skip-tls-verify: true}}]
users: [{name: u, user: {token: $user-token}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
current-context: x
T
done
# Every creation of a pod with the pod asked for and made; the annotations mutation.webhook.* and patch.webhook.* of an entry
# name each webhook that the API server called for it and the patch that came back.
cat > "$D/audit.yaml" <<T
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- {level: RequestResponse, verbs: [create], resources: [{group: "", resources: [pods]}]}
- {level: None}
T

start etcd "$kube" etcd --data-dir "$D/etcd" --unsafe-no-fsync --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
  --listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380 --initial-cluster default=http://127.0.0.1:2380
# A flag given twice: the later one holds, so API_SERVER_FLAGS can replace any of these.
start kube-apiserver "$kube" kube-apiserver --etcd-servers http://127.0.0.1:2379 --cert-dir "$D/pki" --secure-port 6443 --bind-address 0.0.0.0 \
  --advertise-address $node_ip --token-auth-file "$D/tokens.csv" --authorization-mode Node,RBAC --enable-admission-plugins NodeRestriction \
  --allow-privileged=true --service-account-issuer https://kubernetes.default.svc.cluster.local --service-account-signing-key-file "$D/pki/sa.key" \
  --service-account-key-file "$D/pki/sa.pub" --service-cluster-ip-range 10.96.0.0/16 \
  --kubelet-preferred-address-types=InternalIP --audit-policy-file "$D/audit.yaml" --audit-log-path "$D/log/audit" ${API_SERVER_FLAGS:-}
wait_for kube-apiserver kubectl get --raw /readyz

start kube-controller-manager "$kube" kube-controller-manager --kubeconfig "$D/controllers.conf" --service-account-private-key-file "$D/pki/sa.key" \
  --root-ca-file "$D/pki/apiserver.crt" --leader-elect=false --controllers '*,-node-ipam-controller'
start kube-scheduler "$kube" kube-scheduler --kubeconfig "$D/scheduler.conf" --leader-elect=false
start kube-proxy "$kube" kube-proxy --kubeconfig "$D/proxy.conf" --hostname-override node1 --proxy-mode nftables --cluster-cidr 10.76.0.0/24
cat > "$D/Corefile" <<T
.:53 {
  bind $node_ip
  kubernetes cluster.local { endpoint https://127.0.0.1:6443
    kubeconfig $D/proxy.conf x
    pods insecure
  }
  hosts {
    $node_ip host.test
    fallthrough
  }
  cache 5
}
T
start coredns coredns -conf "$D/Corefile"

cat > "$D/kubelet.yaml" <<T
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
failCgroupV1: false
cgroupDriver: cgroupfs
containerRuntimeEndpoint: unix://$D/containerd.sock
failSwapOn: false
oomScoreAdj: 0
enforceNodeAllocatable: []
authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow}
evictionHard: {memory.available: "0%", nodefs.available: "0%", imagefs.available: "0%"}
makeIPTablesUtilChains: false
podLogsDir: $D/pod-logs
registerNode: true
resolvConf: $D/resolv.conf
clusterDNS: [$node_ip]
clusterDomain: cluster.local
syncFrequency: 10s
T
wait_for containerd ctr -a "$D/containerd.sock" version
start kubelet "$kube" kubelet --config "$D/kubelet.yaml" --kubeconfig "$D/node.conf" --hostname-override node1 --node-ip $node_ip \
  --root-dir "$D/kubelet" --cert-dir "$D/kubelet-pki" ${KUBELET_FLAGS:-}
wait_for kubelet sh -c 'kubectl get node node1 | grep -qw Ready'
wait_for kube-controller-manager kubectl get serviceaccount default
wait "${pid_of[images]}" || give_up 'an image did not load' images
"$@"
