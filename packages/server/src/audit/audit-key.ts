import type { Secret } from '@keyhold/protocol'
import { beginIndex } from './head-rows.ts'
import type { HeadSigner } from './ports.ts'
import { auditSigner, generateAuditKey } from '../crypto/audit-signature.ts'
import { IntegrityError, type Sealing } from '../vault/hierarchy/sealing.ts'
import type { Authentic } from '../vault/records/authentic.ts'
import { Changeset } from '../vault/records/changeset.ts'
import type { Records } from '../vault/records/records.ts'
import { type SettingRecord, settingTable } from '../vault/records/setting.ts'
import type { Journal } from '../vault/storage/journal.ts'

const NAME = 'audit-key'

interface Context {
  store: Pick<Journal, 'ledger'>
  hierarchy: Sealing
  records: Records
}

/**
 * Opens the data folder's key for signing heads of the audit log. The key is created once and sealed under the
 * hierarchy, with its public half in the row's body. If two processes create it at once, both use the committed one.
 *
 * Throws {@link IntegrityError} if the row is missing from a database with history: it was removed, and a new key would
 * sign a log in which nothing old verifies.
 */
export async function openAuditKey(context: Context): Promise<HeadSigner> {
  const key = (await storedKey(context)) ?? (await createAuditKey(context))
  using privateKey = await unsealed(key, context.hierarchy)
  return auditSigner(privateKey)
}

/**
 * Returns the public half of the key that signs the heads of a data folder, or `undefined` if nothing was ever audited.
 * Throws like {@link openAuditKey}.
 */
export async function auditPublicKey(context: Context): Promise<Uint8Array | undefined> {
  const key = await storedKey(context)
  return key && Buffer.from(key.value.text, 'base64')
}

/**
 * Creates another key where the key was removed, for operators who accept the database in its present state: damage to
 * the log must not make keys unavailable for ever. verifyAudit then reports every stream that the old key signed.
 */
export async function replaceLostAuditKey(context: Context): Promise<void> {
  if (await readKey(context)) return
  const changes = new Changeset()
  await addFreshKey(context, changes)
  await context.records.commit(changes)
}

type AuditKey = Authentic<SettingRecord>

function readKey({ records }: Context): Promise<AuditKey | undefined> {
  return records.get(settingTable, { name: NAME })
}

/** The stored key, or `undefined` in a database without history. */
async function storedKey(context: Context): Promise<AuditKey | undefined> {
  const key = await readKey(context)
  if (key !== undefined || !(await hasHistory(context))) return key
  // Another process can have created it since then. A key is created before anything that it signs.
  const now = await readKey(context)
  if (now === undefined) throw new IntegrityError('The key of the audit log was removed from the database.')
  return now
}

/** Creates the key, and the index of streams in the same commit: one without the other means tampering. */
async function createAuditKey(context: Context): Promise<AuditKey> {
  const changes = new Changeset()
  await addFreshKey(context, changes)
  beginIndex(changes)
  await context.records.commit(changes)
  const key = await readKey(context)
  if (key === undefined) throw new Error('the audit key was not stored')
  return key
}

async function addFreshKey({ hierarchy }: Context, changes: Changeset): Promise<void> {
  const { privateKey, publicKey } = generateAuditKey()
  const sealed = await hierarchy.seal('global', 'audit', [NAME], privateKey)
  privateKey.wipe()
  changes.insert(settingTable, { name: NAME, text: Buffer.from(publicKey).toString('base64') }, { sealed })
}

/**
 * Returns whether the database has any history that is in an audit log. Domain keys are created before the audit key.
 */
async function hasHistory({ store }: Context): Promise<boolean> {
  const counts = Object.entries((await store.ledger())?.counts ?? {})
  return counts.some(([table, rows]) => table !== 'domain_key' && rows > 0)
}

function unsealed({ sealed }: AuditKey, hierarchy: Sealing): Promise<Secret> {
  if (sealed === undefined) throw new TypeError('the audit key row holds no key')
  return hierarchy.unseal('global', 'audit', [NAME], sealed)
}
