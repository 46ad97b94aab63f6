import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonValue } from '@keyhold/protocol'
import { keySet, KeySetError } from '../../../../src/identity/authentication/web-identity/key-set.ts'
import { WebIdentityRefusal } from '../../../../src/identity/authentication/web-identity/refusal.ts'
import { ecKey, fixture, jwk, rsaKey, signed } from './fixture.ts'

const RSA = rsaKey()
const WEAK = rsaKey(2040)
const EC = ecKey()

const RS256 = { alg: 'RS256', kid: 'a' }

const USELESS: Record<string, unknown> = {
  'no key': { keys: [] },
  'no list of keys': { keys: jwk(RSA, 'a') },
  'nothing at all': null,
  'a list at the top': [jwk(RSA, 'a')],
  'an RSA key of 2040 bits': { keys: [jwk(WEAK, 'a')] },
  'an RSA key of 2040 bits with zeros before it': {
    keys: [jwk(WEAK, 'a', { n: padded(WEAK.publicKey.export({ format: 'jwk' }).n ?? '') })],
  },
  'an RSA key of 16,384 bits': { keys: [jwk(RSA, 'a', { n: Buffer.alloc(2048, 0xff).toString('base64url') })] },
  'a symmetric key': { keys: [{ kty: 'oct', kid: 'a', k: 'c2VjcmV0' }] },
  'a private key': { keys: [{ ...RSA.privateKey.export({ format: 'jwk' }), kid: 'a' }] },
  'a key of an unknown type': { keys: [{ kty: 'AKP', kid: 'a' }] },
}

function padded(modulus: string): string {
  return Buffer.concat([Buffer.alloc(64), Buffer.from(modulus, 'base64url')]).toString('base64url')
}

for (const [what, document] of Object.entries(USELESS)) {
  test(`a key set with ${what} is refused`, () => {
    assert.throws(() => keySet(document as JsonValue), KeySetError)
  })
}

test('keys that are of no use leave the others usable', async () => {
  const useless = [null, 'a', { kty: 'oct', kid: 'a', k: 'c2VjcmV0' }, jwk(WEAK, 'a'), { kty: 'XX', kid: 'a' }]
  const { verify } = fixture([...useless, jwk(RSA, 'a')] as object[])
  await verify(signed(RSA, RS256))
})

test('a token signed with a weak key is refused though its issuer publishes it', async () => {
  const { verify } = fixture([jwk(RSA, 'good'), jwk(WEAK, 'a')])
  await assert.rejects(verify(signed(WEAK, RS256)), WebIdentityRefusal)
})

test('a published key that is no key refuses its tokens, and is no error of ours', async () => {
  const broken = [
    { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' },
    jwk(EC, undefined, { y: Buffer.alloc(32, 1).toString('base64url') }),
    { kty: 'EC', crv: 'P-256' },
  ]
  for (const one of broken) {
    const { verify } = fixture([{ ...one, kid: 'a' }])
    await assert.rejects(verify(signed(EC, { alg: 'ES256', kid: 'a' })), WebIdentityRefusal)
  }
})

test('links to certificates in a key set are ignored', async () => {
  const { verify } = fixture([jwk(RSA, 'a', { x5u: 'https://evil.test', x5c: ['evil'], x5t: 'evil' })])
  await verify(signed(RSA, RS256))
})
