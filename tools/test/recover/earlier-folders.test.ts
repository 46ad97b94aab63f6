/** The offline reader opens all that is in vectors/data: what it needs is specified. */
import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { openBlob } from '../../recover/blob.ts'
import { byKeys, openKeyFile } from '../../recover/data-key.ts'
import { decryptMessage } from '../../recover/message.ts'
import { openRoots } from '../../recover/roots.ts'
import { openVault, type Vault } from '../../recover/vault.ts'
import type { LeftFolder } from '../../testing/left-folder.ts'
import type { Indirect } from '../../testing/left-messages.ts'
import { folder as emptyFolder } from '../../testing/folder.ts'

const FOLDERS = join(import.meta.dirname, '../../../vectors/data')

for (const name of readdirSync(FOLDERS)) {
  describe(`the offline reader, on ${name}`, () => {
    const folder = join(FOLDERS, name)
    const left = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as LeftFolder
    const vault = open(join(folder, 'data'), join(folder, 'data.root'))

    test('verifies every row', () => {
      assert.deepEqual(vault.faults, [])
      assert.ok(Object.values(vault.verified).every((rows) => rows > 0))
    })

    test('finds the keys, in their states', () => {
      const found = new Map(vault.keys.map(({ keyId, state }) => [keyId, state]))
      for (const { keyId, state } of left.keys) assert.equal(found.get(keyId), state)
    })

    test('opens material of every kind', () => {
      const pairs = vault.keys.filter(({ spec }) => /^(RSA|ECC|ML)_/.test(spec))
      for (const { keyId, spec, materials } of pairs) {
        for (const { bytes } of materials) assert.ok(publicHalf(spec, bytes), `${spec} ${keyId}`)
      }
      const secrets = vault.keys.filter((key) => !pairs.includes(key)).flatMap(({ materials }) => materials)
      assert.ok(secrets.length > 0 && secrets.every(({ bytes }) => bytes.byteLength >= 28))
    })

    test('opens ciphertexts, and only with their encryption context', () => {
      for (const { context, plaintext, ciphertext } of left.ciphertexts) {
        const blob = Buffer.from(ciphertext, 'base64')
        assert.equal(openBlob(blob, context, vault.keys).toString('base64'), plaintext)
        assert.throws(() => openBlob(blob, { ...context, other: 'x' }, vault.keys), /encryption context is another/)
        const changed = Buffer.from(blob)
        changed[changed.byteLength - 1]! ^= 1
        assert.throws(() => openBlob(changed, context, vault.keys), /does not open/)
      }
    })

    test('decrypts messages, and none that were changed or cut off', async () => {
      await using place = await emptyFolder()
      for (const [index, { plaintext, message }] of left.messages.entries()) {
        const bytes = Buffer.from(message, 'base64')
        const decrypted = place.path(`${index}.plain`)
        decrypt(bytes, decrypted)
        assert.equal(readFileSync(decrypted, 'base64'), plaintext)
        for (const broken of [bytes.subarray(0, -1), flipped(bytes, bytes.byteLength - 200), flipped(bytes, 60)]) {
          assert.throws(() => decrypt(broken, place.path('broken')))
        }
        assert.throws(() => decrypt(Buffer.concat([bytes, Buffer.alloc(1)]), place.path('broken')), /follow the end/)
        assert.ok(!(await place.names()).some((file) => file.startsWith('broken')), 'nothing unverified is left')
      }
      function decrypt(bytes: Buffer, to: string): void {
        const from = place.path('message')
        writeFileSync(from, bytes)
        decryptMessage(from, to, {}, byKeys(vault.keys))
      }
    })

    const { indirect } = left
    if (indirect !== undefined) {
      test('decrypts messages by way of a key file and of a branch key', () =>
        decryptsIndirect(indirect, folder, vault))
    }

    test('opens access keys', () => {
      const found = new Map(vault.accessKeys.map(({ accessKeyId, secretAccessKey }) => [accessKeyId, secretAccessKey]))
      for (const { accessKeyId, secretAccessKey } of left.users ?? []) {
        assert.equal(found.get(accessKeyId), secretAccessKey)
      }
    })

    test('names a row that another program changed, and opens the rest', async () => {
      await using place = await emptyFolder()
      const copy = place.path('data')
      cpSync(join(folder, 'data'), copy, { recursive: true })
      const database = new DatabaseSync(join(copy, 'keyhold.db'))
      database.exec(
        "UPDATE stored_row SET owner = 'x' WHERE rowid IN (SELECT rowid FROM stored_row WHERE kind = 'key' LIMIT 1)",
      )
      database.close()
      const { faults, keys } = open(copy, join(folder, 'data.root'))
      assert.equal(faults.length, 1)
      assert.match(faults[0] ?? '', /^key .*: does not verify$/)
      assert.equal(keys.length, vault.keys.length - 1)
    })
  })
}

test('the offline reader refuses the root of another folder', () => {
  const [first = '', second = ''] = readdirSync(FOLDERS)
  const opening = (): Vault => open(join(FOLDERS, first, 'data'), join(FOLDERS, second, 'data.root'))
  assert.throws(opening, /No domain key opens/)
})

test('the offline reader leaves nothing beside the database that it read', async () => {
  await using place = await emptyFolder()
  const [first = ''] = readdirSync(FOLDERS)
  const copy = place.path('copy')
  cpSync(join(FOLDERS, first), copy, { recursive: true })
  rmSync(join(copy, 'data/audit'), { recursive: true })
  const before = readdirSync(join(copy, 'data'))
  open(join(copy, 'data'), join(copy, 'data.root'))
  assert.deepEqual(readdirSync(join(copy, 'data')), before)
})

function open(folder: string, rootFile: string): Vault {
  return openVault(folder, openRoots(folder, { rootFile }))
}

async function decryptsIndirect(indirect: Indirect, folder: string, { keys }: Vault): Promise<void> {
  await using place = await emptyFolder()
  const wrappingKey = openKeyFile(readFileSync(join(folder, 'orders.key'), 'utf8'), keys)
  const branchKeys = { folder: join(folder, 'branch-keys'), name: indirect.branchKeys.store }
  const opening = byKeys(keys, { wrappingKey, branchKeys })
  for (const [index, { plaintext, message }] of indirect.messages.entries()) {
    writeFileSync(place.path('message'), Buffer.from(message, 'base64'))
    decryptMessage(place.path('message'), place.path(`${index}.plain`), {}, opening)
    assert.equal(readFileSync(place.path(`${index}.plain`), 'base64'), plaintext)
  }
  const misnamed = byKeys(keys, { branchKeys: { ...branchKeys, name: 'another' } })
  const decrypting = (): void => decryptMessage(place.path('message'), place.path('never'), {}, misnamed)
  assert.throws(decrypting, /No data key of the message opens/)
}

/** Whether a private half leads to a public one; of the post-quantum kinds the seed alone is stored. */
function publicHalf(spec: string, bytes: Buffer): boolean {
  const key = createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8' })
  assert.ok(spec.startsWith('ML') || key.asymmetricKeyType !== undefined)
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).byteLength > 0
}

function flipped(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes)
  changed[at]! ^= 1
  return changed
}

/** Messages of every suite; half of them were written by the official client. */
const { vectors } = JSON.parse(readFileSync(join(FOLDERS, '../message/version-2.json'), 'utf8')) as {
  vectors: { name: string; dataKey: string; plaintext: string; message: string }[]
}
for (const { name, dataKey, plaintext, message } of vectors) {
  test(`the offline reader decrypts a message: ${name}`, async () => {
    await using place = await emptyFolder()
    writeFileSync(place.path('message'), Buffer.from(message, 'hex'))
    decryptMessage(place.path('message'), place.path('plain'), {}, () => Buffer.from(dataKey, 'hex'))
    assert.equal(readFileSync(place.path('plain'), 'hex'), plaintext)
  })
}
