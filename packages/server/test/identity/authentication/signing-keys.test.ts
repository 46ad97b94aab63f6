import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '@keyhold/protocol'
import { deriveSigningKey, SigningKeys } from '../../../src/identity/authentication/signing-keys.ts'

const SCOPE = { date: '20150830', region: 'us-east-1', service: 'iam' }
const owner = (accessKeyId: string, version = 1): { accessKeyId: string; version: number } => ({ accessKeyId, version })
const secret = (): Secret => Secret.of(new TextEncoder().encode('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'))

test('a signing key is derived as AWS documents it', () => {
  // AWS General Reference, "Deriving the signing key", example values.
  const expected = 'c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9'
  assert.equal(deriveSigningKey(secret(), SCOPE).export().toString('hex'), expected)
})

test('a signing key is found again under exactly its owner, version and scope', () => {
  const keys = new SigningKeys(10)
  const key = deriveSigningKey(secret(), SCOPE)
  keys.remember(owner('A'), SCOPE, key)
  assert.equal(keys.get(owner('A'), SCOPE), key)
  assert.equal(keys.get(owner('B'), SCOPE), undefined)
  assert.equal(keys.get(owner('A', 2), SCOPE), undefined)
  for (const change of [{ date: '20150831' }, { region: 'us-east-2' }, { service: 'kms' }]) {
    assert.equal(keys.get(owner('A'), { ...SCOPE, ...change }), undefined)
  }
})

test('the signing key that was not used for longest goes first', () => {
  const keys = new SigningKeys(2)
  const key = deriveSigningKey(secret(), SCOPE)
  keys.remember(owner('A'), SCOPE, key)
  keys.remember(owner('B'), SCOPE, key)
  assert.ok(keys.get(owner('A'), SCOPE))
  keys.remember(owner('C'), SCOPE, key)
  const kept = ['A', 'B', 'C'].filter((id) => keys.get(owner(id), SCOPE) !== undefined)
  assert.deepEqual(kept, ['A', 'C'])
})
