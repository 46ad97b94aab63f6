import assert from 'node:assert/strict'
import { webcrypto } from 'node:crypto'
import { test } from 'node:test'
import { Secret } from '@keyhold/protocol'
import { systemRandom } from '../../../src/crypto/random.ts'
import { keyedRoot, takeRootKey } from '../../../src/vault/root/keyed-root.ts'
import { domainKeyRow, sharedDatabase } from '../../support/hierarchy.ts'
import { referenceHmac, referenceKdf, referenceList } from '../../support/reference-ciphertext.ts'

const ROOT_ID = '6f1d3c52-8a0e-4c1b-9f57-2b6d0a9e4c11'
const REGION = 'eu-central-1'
const rootSecret = Uint8Array.from({ length: 32 }, (_, index) => index)

/** A seal of docs/spec/hierarchy.md, "Building blocks", opened by its text. Rejects when the tag does not verify. */
async function opened(key: Uint8Array, label: string, context: Uint8Array, prefix: Uint8Array, sealed: Uint8Array) {
  const header = Uint8Array.from(sealed).slice(0, prefix.byteLength + 28)
  assert.deepEqual(Buffer.from(header.slice(0, prefix.byteLength)), Buffer.from(prefix))
  const nonce = header.slice(-28, -12)
  const raw = await referenceKdf(key, label, Buffer.concat([context, nonce]))
  const subKey = await webcrypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['decrypt'])
  const algorithm = { name: 'AES-GCM', iv: header.slice(-12), additionalData: Buffer.concat([header, context]) }
  return new Uint8Array(
    await webcrypto.subtle.decrypt(algorithm, subKey, Uint8Array.from(sealed).slice(header.byteLength)),
  )
}

test('domain keys, their rows and what they seal are the specified ones, as a second implementation has them', async (t) => {
  const shared = await sharedDatabase(t)
  const key = Secret.of(Uint8Array.from(rootSecret))
  const root = keyedRoot(takeRootKey({ id: ROOT_ID, generation: 3, key }), systemRandom)
  const hierarchy = await shared.open({ root })
  const { bytes } = await hierarchy.seal(REGION, 'marker', ['a', 'b'], Secret.of(Buffer.from('a secret')))

  const row = await domainKeyRow(shared.store, `${REGION}/1`)
  const place = referenceList([ROOT_ID, '3', 'domain-key', REGION, '1'])
  const prefix = Buffer.from(`01${ROOT_ID.replaceAll('-', '')}00000003`, 'hex')
  const domainKey = await opened(rootSecret, 'keyhold/root/wrap', place, prefix, row.sealed ?? assert.fail())
  const context = referenceList([REGION, '1', 'a', 'b'])
  const secret = await opened(domainKey, 'keyhold/marker', context, Uint8Array.of(1), bytes)
  assert.equal(Buffer.from(secret).toString(), 'a secret')

  const macPlace = referenceList([ROOT_ID, '3', 'row-mac', 'domain_key'])
  const macKey = await referenceKdf(rootSecret, 'keyhold/root/mac', macPlace)
  const columns = referenceList(['domain_key', row.id, row.owner, '', '', '1', '0', row.body])
  const mac = await referenceHmac(macKey, Buffer.concat([columns, Buffer.of(1), row.sealed ?? assert.fail()]))
  assert.deepEqual(Buffer.from(row.mac), Buffer.from(mac))
})
