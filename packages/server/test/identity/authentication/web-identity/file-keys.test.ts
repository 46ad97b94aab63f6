import assert from 'node:assert/strict'
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../../support/tls-server.ts'
import { ecKey, fixture, jwk, signed, type Fixture } from './fixture.ts'

const OLD = ecKey()
const NEW = ecKey()
const old = signed(OLD, { alg: 'ES256', kid: 'old' })
const renewed = signed(NEW, { alg: 'ES256', kid: 'new' })

const setOf = (...keys: object[]): string => JSON.stringify({ keys })

function withFile(text: string): Fixture & { file: string } {
  const file = join(temporaryFolder(), 'keys.json')
  writeFileSync(file, text)
  return { file, ...fixture([], { jwks: { file } }) }
}

test('keys in a file verify tokens, and nothing is called', async () => {
  const { verify, world } = withFile(setOf(jwk(OLD, 'old')))
  await verify(old)
  await verify(old)
  await assert.rejects(verify(renewed), { code: 'InvalidIdentityToken' })
  assert.deepEqual(world.asked, [])
})

test('keys that are added to the file or taken from it count from the next token on', async () => {
  const { verify, file } = withFile(setOf(jwk(OLD, 'old')))
  await verify(old)
  writeFileSync(`${file}.new`, setOf(jwk(NEW, 'new')))
  renameSync(`${file}.new`, file)
  await verify(renewed)
  await assert.rejects(verify(old), { code: 'InvalidIdentityToken' })
})

const DAMAGED: Record<string, (file: string) => void> = {
  'is gone': (file) => rmSync(file),
  'is empty': (file) => writeFileSync(file, ''),
  'is no JSON': (file) => writeFileSync(file, '{"keys":[evil'),
  'has a member twice': (file) => writeFileSync(file, '{"keys":[],"keys":[]}'),
  'has no keys': (file) => writeFileSync(file, setOf()),
  'has more than 64 KiB': (file) => writeFileSync(file, setOf(jwk(OLD, 'old')) + ' '.repeat(64 * 1024)),
}

for (const [what, damage] of Object.entries(DAMAGED)) {
  test(`when the file ${what} its keys no longer count, which is said once, until it is whole again`, async () => {
    const { verify, file, warnings } = withFile(setOf(jwk(OLD, 'old')))
    await verify(old)
    damage(file)
    await assert.rejects(verify(old), { code: 'IDPCommunicationError' })
    await assert.rejects(verify(old), { code: 'IDPCommunicationError' })
    assert.equal(warnings.length, 1)
    assert.doesNotMatch(JSON.stringify(warnings), /evil/)
    writeFileSync(file, setOf(jwk(OLD, 'old')))
    await verify(old)
  })
}
