import { setImmediate } from 'node:timers/promises'
import { IntegrityError, type Sealing } from '../../../vault/hierarchy/sealing.ts'
import type { Authentic } from '../../../vault/records/authentic.ts'
import type { Table } from '../../../vault/records/table.ts'
import { tables } from '../../../vault/records/tables.ts'
import { everyRow } from '../../../vault/storage/page.ts'
import { type Check, type Examined, Examples, type Finding } from './check.ts'

const NAME = 'damaged-rows'
/** After so many rows other work runs. */
const ROWS_AT_ONCE = 100

/**
 * Rows that do not verify, and sealed ones that do not open: every row of every table, and every secret. Where such a row is
 * needed, requests fail. Not for a starting server: it opens all key material.
 */
export const damagedRows: Check = {
  name: NAME,

  async *findings(examined) {
    if (examined.auditFolder === undefined) return
    for (const table of Object.values<Table<unknown>>(tables)) yield* inTable(table, examined)
  },
}

async function* inTable(table: Table<unknown>, { records, hierarchy, signal }: Examined): AsyncGenerator<Finding> {
  const [unverified, unopened] = [new Examples(), new Examples()]
  let seen = 0
  for await (const row of everyRow((page) => records.examined.list(table, page))) {
    if (!row.isAuthentic) unverified.add(row.id)
    else if (!(await opens(row, hierarchy))) unopened.add(row.id)
    seen += 1
    if (seen % ROWS_AT_ONCE === 0) await setImmediate()
    if (signal?.aborted === true) return
  }
  if (unverified.count > 0) yield unverifiedFinding(table, unverified)
  if (unopened.count > 0) yield unopenedFinding(table, unopened)
}

/** Whether the sealed bytes of a row open; also `true` for a row that has none. */
async function opens(row: Authentic<unknown>, hierarchy: Sealing): Promise<boolean> {
  const { sealed, declaration, id } = row
  const sealedAs = sealed && declaration.sealedAs(id)
  if (sealed === undefined || sealedAs === undefined) return sealed === undefined
  try {
    using _secret = await hierarchy.unseal(declaration.domain(id), sealedAs.purpose, sealedAs.context, sealed)
    return true
  } catch (error) {
    if (error instanceof IntegrityError) return false
    throw error
  }
}

function unverifiedFinding({ name, absence, dispensable }: Table<unknown>, rows: Examples): Finding {
  const meaning = `What asks for ${rows.count === 1 ? 'it' : 'them'} fails, as if it were not there. ${absence}`
  return {
    check: NAME,
    weight: 'wrong',
    message: `${rowsOf(rows.count, name)} not as Keyhold wrote ${rows.count === 1 ? 'it' : 'them'}. ${meaning}`,
    remedy: dispensable
      ? 'Restore a backup, or remove them with `keyhold operator accept-database`.'
      : 'Restore a backup: what these rows say is in no other place.',
    facts: { table: name, ...rows.facts },
  }
}

function unopenedFinding({ name }: Table<unknown>, rows: Examples): Finding {
  return {
    check: NAME,
    weight: 'wrong',
    message: `${rowsOf(rows.count, name)} sound, but what is sealed in ${rows.count === 1 ? 'it' : 'them'} does not open.`,
    remedy: 'Restore a backup: what was sealed is in no other place.',
    facts: { table: name, ...rows.facts },
  }
}

function rowsOf(count: number, table: string): string {
  return count === 1 ? `1 row of ${table} is` : `${count} rows of ${table} are`
}
