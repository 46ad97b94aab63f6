import type { Secret } from '@keyhold/protocol'
import type { HeadSigner } from './audit/ports.ts'
import { auditSigner, generateAuditKey } from './crypto/audit-signature.ts'
import type { Hierarchy } from './hierarchy/hierarchy.ts'
import { readSetting, writeSetting } from './lifecycle/settings.ts'
import type { Random } from './platform/random.ts'
import type { Row, Store } from './storage/store.ts'

const NAME = 'audit-key'

interface Context {
  store: Store
  hierarchy: Hierarchy
  random: Random
}

/**
 * The data folder's key for signing heads of the audit log: made once, sealed under the hierarchy, its public half in
 * the row's body. Of two processes that make it at once, both use the one that was committed.
 */
export async function openAuditKey(context: Context): Promise<HeadSigner> {
  const row = (await readSetting(NAME, context)) ?? (await createAuditKey(context))
  using privateKey = await unsealed(row, context.hierarchy)
  return auditSigner(privateKey)
}

/** The public half of the key that signs the heads of a data folder, or `undefined` where nothing was ever audited. */
export async function auditPublicKey(context: Context): Promise<Uint8Array | undefined> {
  const row = await readSetting(NAME, context)
  return row && Buffer.from(row.body, 'base64')
}

async function createAuditKey(context: Context): Promise<Row> {
  const { privateKey, publicKey } = generateAuditKey()
  const sealed = await context.hierarchy.seal('global', 'audit', [NAME], privateKey)
  privateKey.wipe()
  const body = Buffer.from(publicKey).toString('base64')
  await writeSetting(NAME, body, undefined, context, { commitId: context.random.uuid(), sealed })
  const row = await readSetting(NAME, context)
  if (row === undefined) throw new Error('the audit key was not stored')
  return row
}

function unsealed(row: Row, hierarchy: Hierarchy): Promise<Secret> {
  if (row.sealed === null) throw new TypeError('the audit key row holds no key')
  return hierarchy.unseal('global', 'audit', [NAME], { generation: row.generation, bytes: row.sealed })
}
