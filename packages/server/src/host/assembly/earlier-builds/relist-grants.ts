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

/** The setting that says that no grant is listed under an ARN that has an id. Its absence only repeats the work. */
const DONE = 'grants-listed-by-ids'

/** Lists the grants that an earlier build left in the folder under the ids of their parties (AWS: grants follow the principal). */
export async function relistGrants(context: Context): Promise<void> {
  const { store, random, logger } = context
  if (await readSetting(DONE, context)) return
  for await (const { id, body } of everyRow((page) => store.list('grant', page))) {
    if (isListedByIds(body)) continue
    await relisted(id, context).catch((error: unknown) => {
      if (!(error instanceof IntegrityError)) throw error
      // It allows nothing as it is, and must not keep the server from starting.
      logger.error('a grant is not what was written, and stays as it is', { grant: id })
    })
  }
  await writeSetting(DONE, '{}', undefined, context, { commitId: random.uuid() })
}

/** Read before anything is authenticated: what is wrong here is found out by who reads the grant. */
function isListedByIds(body: string): boolean {
  try {
    return (JSON.parse(body) as Partial<GrantRecord>).byIds === true
  } catch {
    return false
  }
}

/** Starts over when another process was faster. A grant that has ended meanwhile is left alone. */
async function relisted(id: string, { store, hierarchy, random }: Context): Promise<void> {
  for (;;) {
    const row = await store.get('grant', id)
    const changes = new Changeset()
    if (row) await relistGrant(await hierarchy.verify(row), hierarchy, changes)
    if (changes.isEmpty || (await store.commit(changes.commit(random.uuid(), []))).committed) return
  }
}
