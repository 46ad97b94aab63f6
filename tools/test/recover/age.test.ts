/** The offline reader's own age against age-encryption, and against the age command. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { Encrypter, generateHybridIdentity, generateX25519Identity, identityToRecipient } from 'age-encryption'
import { decryptAgeWhole } from '../../recover/age.ts'
import { parseIdentity } from '../../recover/age-identity.ts'
import { folder as emptyFolder } from '../../testing/folder.ts'
import { needs } from '../../testing/needs.ts'

const CHUNK = 64 * 1024
const SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK]

for (const [form, generate] of Object.entries({ hybrid: generateHybridIdentity, x25519: generateX25519Identity })) {
  describe(`age files to a recipient of the form ${form}`, async () => {
    const identity = await generate()
    const other = await generate()

    test('open whole', async () => {
      for (const size of SIZES) {
        const plaintext = randomBytes(size)
        const file = await encrypted(plaintext, other, identity)
        assert.ok(decryptAgeWhole(file, [parseIdentity(identity)]).equals(plaintext), String(size))
      }
    })

    test('do not open with another identity, changed or cut off', async () => {
      const file = await encrypted(randomBytes(CHUNK + 100), identity)
      const stranger = parseIdentity(await generate())
      assert.throws(() => decryptAgeWhole(file, [stranger]), /No identity that was given/)
      for (const at of [30, file.byteLength - CHUNK, file.byteLength - 5]) {
        const changed = Buffer.from(file)
        changed[at]! ^= 1
        assert.throws(() => decryptAgeWhole(changed, [parseIdentity(identity)]), String(at))
      }
      for (const cut of [1, 100, 116, 117]) {
        assert.throws(() => decryptAgeWhole(file.subarray(0, -cut), [parseIdentity(identity)]), String(cut))
      }
      assert.throws(() => decryptAgeWhole(Buffer.concat([file, Buffer.alloc(1)]), [parseIdentity(identity)]))
    })

    test('have identities whose checksum tells typing errors', () => {
      const typo = identity.replace(/.$/, (last) => (last === 'Q' ? 'P' : 'Q'))
      assert.throws(() => parseIdentity(typo), /no native age identity/)
    })
  })
}

test('a file of the age command opens', { skip: needs('age') }, async () => {
  await using place = await emptyFolder()
  const identity = await generateX25519Identity()
  writeFileSync(place.path('plain'), 'from age itself')
  const args = ['-r', await identityToRecipient(identity), '-o', place.path('file.age'), place.path('plain')]
  assert.equal(spawnSync('age', args).status, 0)
  const opened = decryptAgeWhole(readFileSync(place.path('file.age')), [parseIdentity(identity)])
  assert.equal(opened.toString(), 'from age itself')
})

async function encrypted(plaintext: Buffer, ...identities: string[]): Promise<Buffer> {
  const encrypter = new Encrypter()
  for (const identity of identities) encrypter.addRecipient(await identityToRecipient(identity))
  return Buffer.from(await encrypter.encrypt(plaintext))
}
