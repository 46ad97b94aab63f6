import type { GrantRecord } from '../../../domain/policy/grant-record.ts'
import { type Hierarchy, IntegrityError } from '../../../vault/hierarchy/hierarchy.ts'
import type { Logger } from '../../../platform/logger.ts'
import type { Random } from '../../../platform/random.ts'
import { Changeset } from '../../../vault/storage/changeset.ts'
import { everyRow } from '../../../vault/storage/every-row.ts'
import type { Store } from '../../../vault/storage/store.ts'
import { relistGrant } from '../../../vault/records/grant.ts'
import { readSetting, writeSetting } from '../../../vault/records/settings.ts'

interface Context {
  store: Store
  hierarchy: Hierarchy
  random: Random
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
  const { store, random, logger } = context
  if (await readSetting(DONE, context)) return
  for await (const { id, body } of everyRow((page) => store.list('grant', page))) {
    if (isListedByIds(body)) continue
    await relisted(id, context).catch((error: unknown) => {
      if (!(error instanceof IntegrityError)) throw error
      // The grant allows nothing in this state, and must not prevent the start of the server.
      logger.error('a grant is not authentic and is left unchanged', { grant: id })
    })
  }
  await writeSetting(DONE, '{}', undefined, context, { commitId: random.uuid() })
}

/** Read before authentication: a wrong value is found by the code that reads the grant. */
function isListedByIds(body: string): boolean {
  try {
    return (JSON.parse(body) as Partial<GrantRecord>).byIds === true
  } catch {
    return false
  }
}

/** Retries if another process was faster. A grant that was deleted meanwhile is skipped. */
async function relisted(id: string, { store, hierarchy, random }: Context): Promise<void> {
  for (;;) {
    const row = await store.get('grant', id)
    const changes = new Changeset()
    if (row) await relistGrant(await hierarchy.verify(row), hierarchy, changes)
    if (changes.isEmpty || (await store.commit(changes.commit(random.uuid(), []))).committed) return
  }
}
