import type { Secret } from '@keyhold/protocol'
import type { Hierarchy } from '../../vault/hierarchy/hierarchy.ts'
import type { AccessKeyRecord } from '../../vault/records/access-key.ts'
import type { Row } from '../../vault/storage/store.ts'

/** A stored access key with its secret, unsealed. */
export interface AccessKeyValue {
  record: AccessKeyRecord
  secret: Secret
}

/** Unseals what a row that was verified holds. */
export async function readAccessKey(row: Row, hierarchy: Hierarchy): Promise<AccessKeyValue> {
  const record = JSON.parse(row.body) as AccessKeyRecord
  if (row.sealed === null) throw new TypeError('an access key row without a sealed secret')
  const sealed = { generation: row.generation, bytes: row.sealed }
  return { record, secret: await hierarchy.unseal('global', 'access-key', [row.id], sealed) }
}
