import { IntegrityError } from '../../../vault/hierarchy/sealing.ts'
import { everyRow } from '../../../vault/storage/page.ts'
import type { Logger } from '../../../platform/logger.ts'
import { Changeset } from '../../../vault/records/changeset.ts'
import { grantTable } from '../../../vault/records/grant.ts'
import { relistGrant } from '../../../vault/records/grant-rows.ts'
import type { Records } from '../../../vault/records/records.ts'
import { isDone, noteDone } from './done.ts'

interface Context {
  records: Records
  logger: Logger
}

/**
 * The setting that says that no grant is listed under the ARN of a party that has an id. If it is missing, the work is
 * repeated.
 */
const DONE = 'grants-listed-by-ids'

/**
 * Lists the grants that an earlier build left in the folder under the ids of their parties (AWS: grants follow the
 * principal).
 */
export async function relistGrants(context: Context): Promise<void> {
  const { records, logger } = context
  if (await isDone(DONE, records)) return
  for await (const { id } of everyRow((page) => records.unread.list(grantTable, page))) {
    await relisted(id, records).catch((error: unknown) => {
      if (!(error instanceof IntegrityError)) throw error
      // The grant allows nothing in this state, and must not prevent the start of the server.
      logger.error('a grant is not authentic and is left unchanged', { grant: id })
    })
  }
  await noteDone(DONE, records)
}

/** Retries if another process was faster. A grant that was deleted meanwhile is skipped. */
async function relisted(id: string, records: Records): Promise<void> {
  for (;;) {
    const grant = await records.byId(grantTable, id)
    const changes = new Changeset()
    if (grant) relistGrant(grant, changes)
    if (changes.isEmpty || (await records.commit(changes)).committed) return
  }
}
