import { IntegrityError, type Sealing } from '../../vault/hierarchy/sealing.ts'
import type { Unread } from '../../vault/records/authentic.ts'
import type { Records } from '../../vault/records/records.ts'
import type { Table } from '../../vault/records/table.ts'
import { tables } from '../../vault/records/tables.ts'
import { everyRow } from '../../vault/storage/page.ts'

interface Context {
  records: Records
  hierarchy: Pick<Sealing, 'hasDomain'>
}

/**
 * The rows of dispensable tables that are not authentic. What asks for such a row fails: a setting keeps the service from
 * starting, a name keeps its owner from deleting what has it. Without the row both go on. What holds something of value, such
 * as a key or a policy, is left as it is.
 *
 * Rows are not named whose domain has no key here: nothing of it can be read, and the key may be put back.
 */
export async function* unreadableRows({ records, hierarchy }: Context): AsyncGenerator<Unread<unknown>> {
  const domains = new Map<string, boolean>()
  for (const table of Object.values<Table<unknown>>(tables).filter(({ dispensable }) => dispensable)) {
    for await (const row of everyRow((page) => records.examined.list(table, page))) {
      if (row.isAuthentic) continue
      const domain = table.domain(row.id)
      if (!domains.has(domain)) domains.set(domain, await isReadable(domain, hierarchy))
      if (domains.get(domain) === true) yield row
    }
  }
}

async function isReadable(domain: string, hierarchy: Pick<Sealing, 'hasDomain'>): Promise<boolean> {
  try {
    return await hierarchy.hasDomain(domain)
  } catch (error) {
    if (error instanceof IntegrityError) return false
    throw error
  }
}
