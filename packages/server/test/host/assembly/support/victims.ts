import assert from 'node:assert/strict'
import type { DatabaseSync } from 'node:sqlite'
import type { OperationName } from '@keyhold/protocol'
import { type KmsClient, REGION } from './client.ts'
import type { Vault } from './vault.ts'

/** A key before its database is edited. */
export interface Victim {
  keyId: string
  alias: string
  blob: string
}

/** A disabled key, and two that are enabled. */
export type Population = [Victim, Victim, Victim]

export const id = (victim: Victim): string => `${REGION}/${victim.keyId}`
export const use = ({ keyId, blob }: Victim): [OperationName, object][] => [
  ['DescribeKey', { KeyId: keyId }],
  ['GenerateDataKey', { KeyId: keyId, KeySpec: 'AES_256' }],
  ['Decrypt', { CiphertextBlob: blob }],
]

export const replaceInBody = (database: DatabaseSync, kind: string, rowId: string, from: string, to: string): void => {
  const changed = database
    .prepare('UPDATE stored_row SET body = replace(body, ?, ?) WHERE kind = ? AND id = ? AND instr(body, ?) > 0')
    .run(from, to, kind, rowId, from)
  assert.equal(changed.changes, 1)
}

export const copyRow = (database: DatabaseSync, kind: string, from: string, to: string): void => {
  const columns = 'owner, target, due_ms, version, generation, body, sealed, mac'
  const copied = database
    .prepare(
      `INSERT INTO stored_row (kind, id, ${columns}) SELECT kind, ?, ${columns} FROM stored_row WHERE kind = ? AND id = ?`,
    )
    .run(to, kind, from)
  assert.equal(copied.changes, 1)
}

export const materialOf = (database: DatabaseSync, victim: Victim): string =>
  String(database.prepare("SELECT id FROM stored_row WHERE kind = 'material' AND owner = ?").get(id(victim))?.['id'])

/** No key's id. */
export const STRANGER = '0c1b3a52-6c3a-4a7e-9d5e-0123456789ab'

/** Three keys, the first of them disabled, with an alias each; and that as often as asked. */
export async function populate(vault: Vault, times = 1): Promise<Population[]> {
  await using server = await vault.serve()
  using client = vault.client(server)
  const one = async (): Promise<Population> => {
    const population = await Promise.all([newVictim(client), newVictim(client), newVictim(client)])
    await client.ok('DisableKey', { KeyId: population[0].keyId })
    return population
  }
  return await Promise.all(Array.from({ length: times }, one))
}

export async function populateOnce(vault: Vault): Promise<Population> {
  return (await populate(vault))[0] ?? assert.fail()
}

async function newVictim(client: KmsClient): Promise<Victim> {
  const keyId = await client.createKey()
  const alias = `alias/of-${keyId}`
  await client.ok('CreateAlias', { AliasName: alias, TargetKeyId: keyId })
  const { CiphertextBlob = '' } = await client.ok('Encrypt', { KeyId: keyId, Plaintext: 'c2VjcmV0' })
  return { keyId, alias, blob: CiphertextBlob }
}

/** The ciphertext of `from`, its header naming the key `to`. */
export function renamed(blob: string, from: Victim, to: Victim): string {
  const bytes = (uuid: string): string => uuid.replaceAll('-', '')
  const hex = Buffer.from(blob, 'base64').toString('hex')
  assert.ok(hex.includes(bytes(from.keyId)))
  return Buffer.from(hex.replace(bytes(from.keyId), bytes(to.keyId)), 'hex').toString('base64')
}
