import { body } from '../vault/records/entry.ts'
import type { KeyRecord } from '../domain/keys/record.ts'
import { hasItsMaterial } from '../services/kms/import/imported-material.ts'
import { AT_ONCE_MS } from '../services/kms/keys/new-key.ts'
import { rewriteKey } from '../services/kms/multi-region/related-keys.ts'
import { Changeset } from '../vault/storage/changeset.ts'
import type { Row } from '../vault/storage/store.ts'
import { actOnDueRows, type Outcome } from './due-rows.ts'
import type { RotationContext } from './rotation.ts'

type Context = Omit<RotationContext, 'auditor'>

/**
 * Ends transient states: Creating, of new replicas, and Updating, of keys that changed roles. On AWS they represent
 * work between Regions, which is done here by the commit that starts them; clients expect these states anyway. Safe to
 * run in several processes at once.
 */
export async function endTransitions(context: Context): Promise<void> {
  await actOnDueRows({ table: 'key', nowMs: AT_ONCE_MS }, (row) => endTransition(row, context), context)
}

async function endTransition(row: Row, context: Context): Promise<Outcome> {
  const { store, random, clock } = context
  const value = body<KeyRecord>(row)
  if (value.state !== 'Creating' && value.state !== 'Updating') return 'passed'
  // A replica of a key with imported material needs its own import first.
  const state = (await hasItsMaterial(value, clock.now(), context)) ? 'Enabled' : 'PendingImport'
  const changes = new Changeset()
  await rewriteKey({ row, value }, { state }, context, changes)
  const { committed } = await store.commit(changes.commit(random.uuid(), []))
  return committed ? 'done' : 'lost'
}
