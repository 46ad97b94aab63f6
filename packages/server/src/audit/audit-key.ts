import type { Secret } from '@keyhold/protocol'
import { HeadRows } from './head-rows.ts'
import type { HeadSigner } from './ports.ts'
import { auditSigner, generateAuditKey } from '../crypto/audit-signature.ts'
import { type Hierarchy, IntegrityError } from '../vault/hierarchy/hierarchy.ts'
import { readSetting, settingRow } from '../vault/records/settings.ts'
import type { Random } from '../platform/random.ts'
import { Changeset } from '../vault/records/changeset.ts'
import type { Records } from '../vault/records/records.ts'
import type { Row, Store } from '../vault/storage/store.ts'

const NAME = 'audit-key'

interface Context {
  store: Store
  hierarchy: Hierarchy
  records: Records
  random: Random
}

/**
 * Opens the data folder's key for signing heads of the audit log. The key is created once and sealed under the
 * hierarchy, with its public half in the row's body. If two processes create it at once, both use the committed one.
 *
 * Throws {@link IntegrityError} if the row is missing from a database with history: it was removed, and a new key would
 * sign a log in which nothing old verifies.
 */
export async function openAuditKey(context: Context): Promise<HeadSigner> {
  const row = (await storedKey(context)) ?? (await createAuditKey(context))
  using privateKey = await unsealed(row, context.hierarchy)
  return auditSigner(privateKey)
}

/**
 * Returns the public half of the key that signs the heads of a data folder, or `undefined` if nothing was ever audited.
 * Throws like {@link openAuditKey}.
 */
export async function auditPublicKey(context: Context): Promise<Uint8Array | undefined> {
  const row = await storedKey(context)
  return row && Buffer.from(row.body, 'base64')
}

/**
 * Creates another key where the key was removed, for operators who accept the database in its present state: damage to
 * the log must not make keys unavailable for ever. verifyAudit then reports every stream that the old key signed.
 */
export async function replaceLostAuditKey(context: Context): Promise<void> {
  if ((await readSetting(NAME, context)) !== undefined) return
  const changes = new Changeset()
  changes.insert(await freshKey(context))
  await context.records.commit(changes)
}

/** The row of the key, or `undefined` in a database without history. */
async function storedKey(context: Context): Promise<Row | undefined> {
  const row = await readSetting(NAME, context)
  if (row !== undefined || !(await hasHistory(context.store))) return row
  // Another process can have created it since then. A key is created before anything that it signs.
  const now = await readSetting(NAME, context)
  if (now === undefined) throw new IntegrityError('The key of the audit log was removed from the database.')
  return now
}

/** Creates the key, and the index of streams in the same commit: one without the other means tampering. */
async function createAuditKey(context: Context): Promise<Row> {
  const { store, hierarchy, records } = context
  const changes = new Changeset()
  changes.insert(await freshKey(context))
  changes.insert(await new HeadRows(store, hierarchy).emptyIndex())
  await records.commit(changes)
  const row = await readSetting(NAME, context)
  if (row === undefined) throw new Error('the audit key was not stored')
  return row
}

async function freshKey({ hierarchy }: Context): Promise<Row> {
  const { privateKey, publicKey } = generateAuditKey()
  const sealed = await hierarchy.seal('global', 'audit', [NAME], privateKey)
  privateKey.wipe()
  return settingRow(NAME, Buffer.from(publicKey).toString('base64'), { sealed }, hierarchy)
}

/**
 * Returns whether the database has any history that is in an audit log. Domain keys are created before the audit key.
 */
async function hasHistory(store: Store): Promise<boolean> {
  const counts = Object.entries((await store.ledger())?.counts ?? {})
  return counts.some(([table, rows]) => table !== 'domain_key' && rows > 0)
}

function unsealed(row: Row, hierarchy: Hierarchy): Promise<Secret> {
  if (row.sealed === null) throw new TypeError('the audit key row contains no key')
  return hierarchy.unseal('global', 'audit', [NAME], { generation: row.generation, bytes: row.sealed })
}
