import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { Envelope, openKeyFile, rawAes } from '../src/index.ts'
import { commitmentTo, parseKeyFile, serializeKeyFile } from '../src/key-file/format.ts'
import { openSeal } from '../src/key-file/open.ts'
import { nodeCryptography } from '../src/node/cryptography.ts'
import { folder } from '../../../tools/testing/folder.ts'
import { officialRawAes, strict } from './support/official.ts'

interface Vector {
  sealingKey: { namespace: string; name: string; key: string }
  keyFile: { id: string; commitment: string }
  wrappingKey: string
  context: Record<string, string>
  plaintext: string
  message: string
}

const path = new URL('../../../vectors/key-file/version-1.json', import.meta.url)
const vector = JSON.parse(readFileSync(path, 'utf8')) as Vector
const { key, ...named } = vector.sealingKey
const keyring = rawAes({ ...named, wrappingKey: Buffer.from(key, 'hex') })
const bytes = Buffer.from(`${JSON.stringify(vector.keyFile, undefined, 2)}\n`)

test('the published key file opens, and is written again byte for byte', async () => {
  const file = parseKeyFile(bytes)
  using opened = await openSeal(nodeCryptography, file, keyring, undefined)
  assert.equal(Buffer.from(opened.reveal()).toString('hex'), vector.wrappingKey)
  const commitment = await commitmentTo(nodeCryptography, vector.keyFile.id, opened.reveal())
  assert.equal(Buffer.from(commitment).toString('base64'), vector.keyFile.commitment)
  assert.ok(bytes.equals(serializeKeyFile(file)))
})

test('the published message under it opens', async () => {
  await using files = await folder()
  await writeFile(files.path('key'), bytes)
  const envelope = new Envelope({ keyring: await openKeyFile(files.path('key'), { keyring }) })
  const { plaintext } = await envelope.decrypt(Buffer.from(vector.message, 'hex'), { expect: vector.context })
  assert.equal(Buffer.from(plaintext).toString('hex'), vector.plaintext)
})

test('the official client reads and writes messages under it, given the opened key', async () => {
  await using files = await folder()
  await writeFile(files.path('key'), bytes)
  const envelope = new Envelope({ keyring: await openKeyFile(files.path('key'), { keyring }) })
  const wrappingKey = new Uint8Array(Buffer.from(vector.wrappingKey, 'hex')) // the client wants a buffer of its own
  const official = officialRawAes('keyhold-key-file', vector.keyFile.id, wrappingKey)
  const read = await strict.decrypt(official, Buffer.from(vector.message, 'hex'))
  assert.equal(read.plaintext.toString('hex'), vector.plaintext)
  const written = await strict.encrypt(official, 'by the official client', { encryptionContext: vector.context })
  const { plaintext } = await envelope.decrypt(written.result, { expect: vector.context })
  assert.equal(Buffer.from(plaintext).toString(), 'by the official client')
  const another = officialRawAes('keyhold-key-file', '0'.repeat(32), wrappingKey)
  await assert.rejects(strict.decrypt(another, Buffer.from(vector.message, 'hex')))
})
