# What pods of the role may read: KV version 2 keeps its values below data/.
path "secret/data/shop/*" {
  capabilities = ["read"]
}
