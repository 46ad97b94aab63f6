import { setImmediate } from 'node:timers/promises'
import { accessKeyTable } from '../../../vault/records/access-key.ts'
import { aliasTable } from '../../../vault/records/alias.ts'
import { grantTable } from '../../../vault/records/grant.ts'
import { grantNameTable } from '../../../vault/records/grant-name.ts'
import { keyTable } from '../../../vault/records/key.ts'
import { materialTable } from '../../../vault/records/material.ts'
import { policyTable } from '../../../vault/records/policy.ts'
import { principalTable } from '../../../vault/records/principal.ts'
import { retirableTable } from '../../../vault/records/retirable.ts'
import type { Table } from '../../../vault/records/table.ts'
import { everyRow } from '../../../vault/storage/page.ts'
import { type Check, type Examined, Examples, type Finding } from './check.ts'

const NAME = 'orphans'
/** After so many rows other work runs. */
const ROWS_AT_ONCE = 100

/** What rows of one table need in others. */
interface Need {
  /** Examines every row, and yields a finding if there are any without what they need. */
  findings(examined: Examined): AsyncGenerator<Finding>
}

interface Needed<T> {
  table: Table<T>
  /** The row that there must be; `undefined` if this one needs none. */
  of(record: T): { table: Table<unknown>; id: string } | undefined
  /** What is wrong, after the number of rows: `have no key`. */
  lacks: string
  remedy: string
}

const RESTORE = 'Restore a backup.'
const NO_USE = 'They allow nothing. Restore a backup if the key must work again.'

/** Every reference between rows without which something does not work, or that leads nowhere. */
const NEEDS: readonly Need[] = [
  need({
    table: keyTable,
    of: (key) => ({ table: policyTable, id: policyTable.id(key) }),
    lacks: 'of keys have no key policy: requests for these keys are refused',
    remedy: RESTORE,
  }),
  need({
    table: keyTable,
    of: ({ currentMaterialId: materialId, ...key }) =>
      materialId === undefined ? undefined : { table: materialTable, id: materialTable.id({ ...key, materialId }) },
    lacks: 'of keys have no current key material: these keys do not work',
    remedy: RESTORE,
  }),
  need({
    table: keyTable,
    of: ({ multiRegion, keyId }) =>
      multiRegion?.type === 'REPLICA'
        ? { table: keyTable, id: keyTable.id({ region: multiRegion.primaryRegion, keyId }) }
        : undefined,
    lacks: 'of replica keys have no primary key',
    remedy: RESTORE,
  }),
  need({
    table: materialTable,
    of: (material) => ({ table: keyTable, id: keyTable.id(material) }),
    lacks: 'of key material belong to no key',
    remedy: RESTORE,
  }),
  need({
    table: aliasTable,
    of: ({ region, targetKeyId: keyId }) => ({ table: keyTable, id: keyTable.id({ region, keyId }) }),
    lacks: 'of aliases point to no key: their names are taken and lead nowhere',
    remedy: RESTORE,
  }),
  need({
    table: grantTable,
    of: (grant) => ({ table: keyTable, id: keyTable.id(grant) }),
    lacks: 'of grants are on no key',
    remedy: NO_USE,
  }),
  need({
    table: grantNameTable,
    of: (named) => ({ table: grantTable, id: grantTable.id(named) }),
    lacks: 'of names of grants lead to no grant: a grant of that name cannot be made again',
    remedy: RESTORE,
  }),
  need({
    table: retirableTable,
    of: (retirable) => ({ table: grantTable, id: grantTable.id(retirable) }),
    lacks: 'of lists of retirable grants lead to no grant',
    remedy: NO_USE,
  }),
  need({
    table: accessKeyTable,
    of: (key) => ({ table: principalTable, id: principalTable.id(key) }),
    lacks: 'of access keys belong to no principal: they are refused',
    remedy: RESTORE,
  }),
]

/** Rows that need others which are not there. Not for a starting server: it reads every key. */
export const orphans: Check = {
  name: NAME,

  async *findings(examined) {
    if (examined.auditFolder === undefined) return
    for (const one of NEEDS) yield* one.findings(examined)
  },
}

function need<T>({ table, of, lacks, remedy }: Needed<T>): Need {
  return {
    async *findings({ records, signal }) {
      const found = new Examples()
      let seen = 0
      for await (const row of everyRow((page) => records.examined.list(table, page))) {
        const needed = row.isAuthentic ? of(row.value) : undefined
        if (needed && (await records.unread.byId(needed.table, needed.id)) === undefined) found.add(row.id)
        seen += 1
        if (seen % ROWS_AT_ONCE === 0) await setImmediate()
        if (signal?.aborted === true) return
      }
      if (found.count === 0) return
      const message = `${found.count} ${found.count === 1 ? 'row' : 'rows'} ${lacks}.`
      yield { check: NAME, weight: 'wrong', message, remedy, facts: { table: table.name, ...found.facts } }
    },
  }
}
