import type { GrantRecord } from '../../src/domain/policy/grant-record.ts'
import type { Vault } from '../../src/host/assembly/open.ts'
import { addGrant } from '../../src/vault/records/grant-rows.ts'
import { Changeset } from '../../src/vault/records/changeset.ts'

/** Writes a grant that no request made, as if some earlier build had let an account issue it. */
export async function plantGrant(
  { records, random }: Pick<Vault, 'records' | 'random'>,
  planted: Pick<GrantRecord, 'keyId' | 'region' | 'accountId' | 'issuingAccount' | 'grantee'> & Partial<GrantRecord>,
): Promise<string> {
  const grantId = Buffer.from(random.bytes(32)).toString('hex')
  const usual = { name: '', operations: ['Decrypt'], constraints: {}, createdMs: 0, visibleMs: 0 }
  const changes = new Changeset()
  addGrant({ ...usual, grantId, ...planted }, changes)
  await records.commit(changes)
  return grantId
}
