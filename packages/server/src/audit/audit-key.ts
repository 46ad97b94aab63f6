import type { Secret } from '@keyhold/protocol'
import { HeadRows } from './head-rows.ts'
import type { HeadSigner } from './ports.ts'
import { auditSigner, generateAuditKey } from '../crypto/audit-signature.ts'
import { type Hierarchy, IntegrityError } from '../vault/hierarchy/hierarchy.ts'
import { readSetting, settingRow } from '../vault/records/settings.ts'
import type { Random } from '../platform/random.ts'
import { Changeset } from '../vault/storage/changeset.ts'
import type { Row, Store } from '../vault/storage/store.ts'

const NAME = 'audit-key'

interface Context {
  store: Store
  hierarchy: Hierarchy
  random: Random
}

/**
 * The data folder's key for signing heads of the audit log: made once, sealed under the hierarchy, its public half in
 * the row's body. Of two processes that make it at once, both use the one that was committed.
 *
 * Throws {@link IntegrityError} when the row is missing from a database in which anything was done: somebody removed it, and
 * a new key would sign a log in which nothing old verifies.
 */
export async function openAuditKey(context: Context): Promise<HeadSigner> {
  const row = (await storedKey(context)) ?? (await createAuditKey(context))
  using privateKey = await unsealed(row, context.hierarchy)
  return auditSigner(privateKey)
}

/**
 * The public half of the key that signs the heads of a data folder, or `undefined` where nothing was ever audited. Throws
 * as {@link openAuditKey}.
 */
export async function auditPublicKey(context: Context): Promise<Uint8Array | undefined> {
  const row = await storedKey(context)
  return row && Buffer.from(row.body, 'base64')
}

/**
 * Makes another key where it was removed, for operators who accept a database as it is: no damage to the log keeps
 * anybody from their keys for ever. verifyAudit then reports every stream that the old key signed.
 */
export async function replaceLostAuditKey(context: Context): Promise<void> {
  if ((await readSetting(NAME, context)) !== undefined) return
  const changes = new Changeset()
  changes.insert(await freshKey(context))
  await context.store.commit(changes.commit(context.random.uuid(), []))
}

/** The row of the key; `undefined` in a database in which nothing was ever done. */
async function storedKey(context: Context): Promise<Row | undefined> {
  const row = await readSetting(NAME, context)
  if (row !== undefined || !(await hasHistory(context.store))) return row
  // Another process may have made it since: it comes before all that it signs.
  const now = await readSetting(NAME, context)
  if (now === undefined) throw new IntegrityError('The key of the audit log was removed from the database.')
  return now
}

/** Makes the key, and in the same commit the index of streams: one without the other was tampered with. */
async function createAuditKey(context: Context): Promise<Row> {
  const { store, hierarchy, random } = context
  const changes = new Changeset()
  changes.insert(await freshKey(context))
  changes.insert(await new HeadRows(store, hierarchy).emptyIndex())
  await store.commit(changes.commit(random.uuid(), []))
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

/** Whether anything was ever done in the database that is in an audit log. Domain keys come before its key. */
async function hasHistory(store: Store): Promise<boolean> {
  const counts = Object.entries((await store.ledger())?.counts ?? {})
  return counts.some(([table, rows]) => table !== 'domain_key' && rows > 0)
}

function unsealed(row: Row, hierarchy: Hierarchy): Promise<Secret> {
  if (row.sealed === null) throw new TypeError('the audit key row holds no key')
  return hierarchy.unseal('global', 'audit', [NAME], { generation: row.generation, bytes: row.sealed })
}
