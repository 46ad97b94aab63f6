import { Secret } from '@keyhold/protocol'
import type { Hierarchy } from '../hierarchy/hierarchy.ts'
import type { Random } from '../platform/random.ts'
import type { Changeset } from '../storage/changeset.ts'
import type { TableName } from '../storage/store.ts'
import { toPrincipal } from './principal-arn.ts'
import type { AccessKeyRecord, AccountRecord, PrincipalRecord } from './records.ts'

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** An access key as its owner gets it, once. The secret is text, as every client takes it. */
export interface IssuedAccessKey {
  accountId: string
  arn: string
  accessKeyId: string
  secretAccessKey: Secret
}

interface Wanted {
  accountId: string
  userName: string
  nowMs: number
}

/** Adds an account with one administrator and one access key to `changes`. Only the sealed secret is stored. */
export async function addAdministrator(
  { accountId, userName, nowMs }: Wanted,
  { hierarchy, random }: { hierarchy: Hierarchy; random: Random },
  changes: Changeset,
): Promise<IssuedAccessKey> {
  const principalId = identifier('AIDA', random)
  const accessKeyId = identifier('AKIA', random)
  const secretAccessKey = secretText(random)
  const account: AccountRecord = { accountId, createdMs: nowMs }
  const principal: PrincipalRecord = { principalId, accountId, type: 'IAMUser', userName, createdMs: nowMs }
  const accessKey: AccessKeyRecord = { accessKeyId, principalId, accountId, active: true, createdMs: nowMs }
  const sealed = await hierarchy.seal('global', 'access-key', [accessKeyId], secretAccessKey)
  changes.insert(await hierarchy.authenticate(identityRow('account', accountId, '', account)))
  changes.insert(await hierarchy.authenticate(identityRow('principal', principalId, accountId, principal)))
  const keyRow = { ...identityRow('access_key', accessKeyId, principalId, accessKey), sealed: sealed.bytes }
  changes.insert(await hierarchy.authenticate(keyRow, sealed.generation))
  return { accountId, arn: toPrincipal(principal).arn, accessKeyId, secretAccessKey }
}

function identityRow(
  table: TableName,
  id: string,
  owner: string,
  record: object,
): Parameters<Hierarchy['authenticate']>[0] {
  return { table, id, owner, target: '', dueMs: null, version: 1, body: JSON.stringify(record), sealed: null }
}

/** AWS's form: a prefix that names the kind, then 16 characters of base32: 80 random bits. */
function identifier(prefix: string, random: Random): string {
  return prefix + Array.from(random.bytes(16), (byte) => BASE32[byte & 31]).join('')
}

/** 40 characters of base64, as AWS's: 240 random bits. */
function secretText(random: Random): Secret {
  using bits = random.secret(30)
  return Secret.of(new TextEncoder().encode(Buffer.from(bits.reveal()).toString('base64')))
}
