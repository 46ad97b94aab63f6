import { createHmac } from 'node:crypto'
import type { Hierarchy, UnsealedRow } from '../../../src/vault/hierarchy/hierarchy.ts'
import { IntegrityError } from '../../../src/vault/hierarchy/sealing.ts'
import type { Row } from '../../../src/vault/storage/store.ts'

/** Authenticates rows, which is all that the audit log needs of a hierarchy. */
export const rowHierarchy: Pick<Hierarchy, 'complete' | 'verify'> = {
  complete: async (row) => ({
    row: { ...row, generation: 1, mac: macOf(row) },
    under: { table: 'domain_key', id: 'global/1', version: 0 },
  }),
  async verify(row: Row) {
    if (!Buffer.from(row.mac).equals(macOf(row))) throw new IntegrityError('row')
    return row
  },
}

function macOf({ table, id, owner, target, dueMs, version, body }: UnsealedRow): Buffer {
  return createHmac('sha256', 'test')
    .update(JSON.stringify([table, id, owner, target, dueMs, version, body]))
    .digest()
}
