import type { GrantRecord } from '../../src/domain/policy/grant-record.ts'
import type { Vault } from '../../src/host/assembly/engine.ts'
import { grantRows } from '../../src/vault/records/grant.ts'
import { Changeset } from '../../src/vault/storage/changeset.ts'

/** Writes a grant that no request made, as if some earlier build had let an account issue it. */
export async function plantGrant(
  { store, hierarchy, random }: Pick<Vault, 'store' | 'hierarchy' | 'random'>,
  planted: Pick<GrantRecord, 'keyId' | 'region' | 'accountId' | 'issuingAccount' | 'grantee'> & Partial<GrantRecord>,
): Promise<string> {
  const grantId = Buffer.from(random.bytes(32)).toString('hex')
  const usual = { name: '', operations: ['Decrypt'], constraints: {}, createdMs: 0, visibleMs: 0 }
  const changes = new Changeset()
  for (const row of await grantRows({ ...usual, grantId, ...planted }, hierarchy)) changes.insert(row)
  await store.commit(changes.commit(random.uuid(), []))
  return grantId
}
