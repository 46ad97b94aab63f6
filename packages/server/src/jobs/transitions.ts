import type { KeyRecord } from '../domain/keys/record.ts'
import { withState } from '../domain/keys/state-changes.ts'
import { hasItsMaterial } from '../services/kms/import/imported-material.ts'
import { Changeset } from '../vault/records/changeset.ts'
import type { Authentic } from '../vault/records/authentic.ts'
import { AT_ONCE_MS, keyTable } from '../vault/records/key.ts'
import { actOnDueRows, type Outcome } from './due-rows.ts'
import type { RotationContext } from './rotation.ts'

type Context = Omit<RotationContext, 'auditor'>

/**
 * Ends transient states: Creating, of new replicas, and Updating, of keys that changed roles. On AWS they represent
 * work between Regions, which is done here by the commit that starts them; clients expect these states anyway. Safe to
 * run in several processes at once.
 */
export async function endTransitions(context: Context): Promise<void> {
  await actOnDueRows({ table: keyTable, nowMs: AT_ONCE_MS }, (key) => endTransition(key, context), context)
}

async function endTransition(key: Authentic<KeyRecord>, context: Context): Promise<Outcome> {
  const { records, clock } = context
  const { value } = key
  if (value.state !== 'Creating' && value.state !== 'Updating') return 'passed'
  // A replica of a key with imported material needs its own import first.
  const state = (await hasItsMaterial(value, clock.now(), context)) ? 'Enabled' : 'PendingImport'
  const changes = new Changeset()
  changes.update(key, withState(value, state))
  const { committed } = await records.commit(changes)
  return committed ? 'done' : 'lost'
}
