import { body } from '../directory/directory.ts'
import { IntegrityError } from '../hierarchy/hierarchy.ts'
import type { KeyRecord, KeyState } from '../keys/record.ts'
import { rewriteKey } from '../lifecycle/related-keys.ts'
import { Changeset } from '../storage/changeset.ts'
import type { Row } from '../storage/store.ts'
import type { RotationContext } from './rotation.ts'

const KEYS_PER_RUN = 100

/**
 * Ends the states that pass by themselves: Creating, of new replicas, and Updating, of keys that changed places. What they
 * stand for on AWS, work between Regions, is done here by the commit that leads to them; clients are written for them
 * all the same. Safe to run in several processes at once.
 */
export async function endTransitions(context: Omit<RotationContext, 'auditor'>): Promise<void> {
  const { store, hierarchy, logger, clock } = context
  // Keys in these states are due before all others.
  for (const row of await store.listDue('key', clock.now(), KEYS_PER_RUN)) {
    try {
      await endTransition(await hierarchy.verify(row), context)
    } catch (error) {
      if (!(error instanceof IntegrityError)) throw error
      logger.error('a key stays in its state: its row is not authentic', { row: row.id, error })
    }
  }
}

async function endTransition(row: Row, context: Omit<RotationContext, 'auditor'>): Promise<void> {
  const value = body<KeyRecord>(row)
  if (value.state !== 'Creating' && value.state !== 'Updating') return
  const changes = new Changeset()
  await rewriteKey({ row, value }, { state: stateAfter(value) }, context, changes)
  await context.store.commit(changes.commit(context.random.uuid(), []))
}

/** A replica of a key with imported material waits for its own import. */
function stateAfter({ currentMaterialId }: KeyRecord): KeyState {
  return currentMaterialId === undefined ? 'PendingImport' : 'Enabled'
}
