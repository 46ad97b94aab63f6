/** What earlier builds left in vectors/data opens in this one. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { KMS } from '@aws-sdk/client-kms'
import { Envelope } from '@keyhold/client'
import { parseCredentials } from '../tools/testing/credentials.ts'
import { keyhold, startKeyhold } from '../tools/testing/keyhold.ts'
import { indirectKeyrings } from '../tools/testing/left-messages.ts'
import { makePrivate, type LeftFolder, type LeftUser, REGION } from '../tools/testing/left-folder.ts'
import { type Wire, type WireConnection, wireTo } from '../tools/testing/wire.ts'
import { clientOf } from './client-of.ts'

const SCHEMA_OF_TODAY = 2
const FOLDERS = join(import.meta.dirname, '../vectors/data')

describe('a data folder of an earlier build', () => {
  for (const name of readdirSync(FOLDERS)) {
    test(`${name}: its keys, ciphertexts, messages and audit log are as they were left`, async () => {
      const folder = await copyOf(join(FOLDERS, name))
      const left = JSON.parse(await readFile(join(folder, 'expected.json'), 'utf8')) as LeftFolder
      assert.ok(left.keys.length > 2 && left.ciphertexts.length > 1 && left.messages.length > 1)
      await bringUpToDate(join(folder, 'data'))
      const server = await startKeyhold(['serve', '--data', join(folder, 'data'), '--port', '0'])
      const connection = { endpoint: server.endpoint, region: REGION, credentials: await parseCredentials(folder) }
      const client = new KMS({ ...connection, maxAttempts: 1 })
      try {
        await opens(left, client, connection)
        await opensIndirect(left, folder, connection)
        for (const user of left.users ?? []) await mayWhatHeMight(user, left, connection)
        await answersAlike(left, wireTo(connection))
      } finally {
        client.destroy()
        await server.stop()
      }
      const { status, stdout } = await keyhold(['audit', 'verify', '--data', join(folder, 'data')])
      assert.equal(status, 0, stdout)
      await admitsAsManyAsChanged(left, join(folder, 'data'))
      await rm(folder, { recursive: true })
    })
  }
})

/** What an earlier build left is changed by `operator upgrade` alone. `serve` names it, and changes nothing. */
async function bringUpToDate(data: string): Promise<void> {
  if (schemaOf(data) === SCHEMA_OF_TODAY) {
    assert.match((await keyhold(['operator', 'upgrade', '--data', data])).stdout, /^The folder is up to date\.\n$/)
    return
  }
  const { status, stderr } = await keyhold(['serve', '--data', data, '--port', '0'])
  assert.notEqual(status, 0)
  assert.match(stderr, new RegExp(`Bring it up to date with: keyhold operator upgrade --data ${data}`))
  const upgraded = await keyhold(['operator', 'upgrade', '--data', data])
  assert.equal(upgraded.status, 0, upgraded.stderr)
  assert.match(upgraded.stdout, /As it was, it is .*\.before-upgrade: --undo puts it back/)
}

function schemaOf(data: string): number {
  using database = new DatabaseSync(join(data, 'keyhold.db'))
  return Number(database.prepare('SELECT version FROM schema_version').get()?.['version'])
}

async function opens(
  { keys, ciphertexts, messages }: LeftFolder,
  client: KMS,
  connection: WireConnection,
): Promise<void> {
  for (const { keyId, state } of keys) {
    assert.equal((await client.describeKey({ KeyId: keyId })).KeyMetadata?.KeyState, state)
  }
  for (const { context, plaintext, ciphertext } of ciphertexts) {
    const input = { CiphertextBlob: Buffer.from(ciphertext, 'base64'), EncryptionContext: context }
    assert.deepEqual(Buffer.from((await client.decrypt(input)).Plaintext ?? []).toString('base64'), plaintext)
    await assert.rejects(client.decrypt({ ...input, EncryptionContext: { ...context, other: 'x' } }), {
      name: 'InvalidCiphertextException',
    })
  }
  const ours = clientOf(connection)
  const envelope = new Envelope({ keyring: ours.key(await ours.resolve(keys[0]?.keyId ?? '')) })
  for (const { context, plaintext, message } of messages) {
    const read = await envelope.decrypt(Buffer.from(message, 'base64'), { expect: context })
    assert.equal(Buffer.from(read.plaintext).toString('base64'), plaintext)
  }
}

/** The key file and the branch keys open what was encrypted by way of them. */
async function opensIndirect(
  { indirect, keys }: LeftFolder,
  folder: string,
  connection: WireConnection,
): Promise<void> {
  if (indirect === undefined) return
  const ours = clientOf(connection)
  const keyrings = await indirectKeyrings(folder, ours, await ours.resolve(keys[0]?.keyId ?? ''), indirect)
  for (const { by, context, plaintext, message } of indirect.messages) {
    const read = await new Envelope({ keyring: keyrings[by] }).decrypt(Buffer.from(message, 'base64'), {
      expect: context,
    })
    assert.equal(Buffer.from(read.plaintext).toString('base64'), plaintext)
  }
}

/** A user of the earlier build decrypts by their policy and generates data keys by a grant, and can do nothing else. */
async function mayWhatHeMight(
  user: LeftUser,
  { keys, ciphertexts }: LeftFolder,
  connection: WireConnection,
): Promise<void> {
  const client = new KMS({ ...connection, credentials: user, maxAttempts: 1 })
  const [{ context, ciphertext } = { context: {}, ciphertext: '' }] = ciphertexts
  const KeyId = keys[0]?.keyId ?? ''
  try {
    await client.decrypt({ CiphertextBlob: Buffer.from(ciphertext, 'base64'), EncryptionContext: context })
    await client.generateDataKey({ KeyId, KeySpec: 'AES_256' })
    await assert.rejects(client.encrypt({ KeyId, Plaintext: Buffer.from('x') }), { name: 'AccessDeniedException' })
  } finally {
    client.destroy()
  }
}

/** Keys of all kinds give the same answers as before; signing keys verify old signatures and sign again. */
async function answersAlike({ requests = [] }: LeftFolder, wire: Wire): Promise<void> {
  for (const { region, operation, input, answer } of requests) {
    assert.partialDeepStrictEqual(await wire(operation, input, region), answer, operation)
    if (operation !== 'Verify') continue
    const { Signature: _, ...signing } = input
    const { Signature = '' } = await wire('Sign', signing, region)
    assert.partialDeepStrictEqual(await wire('Verify', { ...signing, Signature }, region), answer)
  }
}

async function admitsAsManyAsChanged({ rates = [] }: LeftFolder, data: string): Promise<void> {
  const { stdout } = await keyhold(['operator', 'quota', 'show', '--data', data, '--json'])
  const changed = (JSON.parse(stdout) as { group: string; changed?: number }[]).filter((rate) => 'changed' in rate)
  assert.partialDeepStrictEqual(changed, rates)
  assert.equal(changed.length, rates.length)
}

/** A copy whose root of trust is where its manifest says, readable by its owner alone: git keeps neither. */
async function copyOf(left: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'keyhold-earlier-'))
  await cp(left, folder, { recursive: true })
  const manifestFile = join(folder, 'data/keyhold.json')
  const manifest = JSON.parse(await readFile(manifestFile, 'utf8')) as { root: { file: string } }
  manifest.root.file = join(folder, 'data.root')
  await makePrivate(folder)
  await writeFile(manifestFile, JSON.stringify(manifest))
  return folder
}
