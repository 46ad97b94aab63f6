import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '@keyhold/protocol'
import { auditSigner, auditVerifier, generateAuditKey } from '../../src/crypto/audit-signature.ts'

test('RFC 8032, section 7.1, test 3: the signature is the published one', () => {
  const seed = 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7'
  const pkcs8 = Buffer.from(`302e020100300506032b657004220420${seed}`, 'hex')
  const signer = auditSigner(Secret.of(pkcs8))
  const signature = signer.sign(Buffer.from('af82', 'hex'))
  assert.equal(
    Buffer.from(signer.publicKey).toString('hex'),
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
  )
  assert.equal(
    Buffer.from(signature).toString('hex'),
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac' +
      '18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  )
})

test('a verifier accepts only the signatures of its key', () => {
  const { privateKey, publicKey } = generateAuditKey()
  const signer = auditSigner(privateKey)
  privateKey.wipe()
  const signature = signer.sign(Buffer.from('head'))
  const verify = auditVerifier(publicKey)
  assert.equal(verify(Buffer.from('head'), signature), true)
  assert.equal(verify(Buffer.from('heaD'), signature), false)
  assert.equal(auditVerifier(generateAuditKey().publicKey)(Buffer.from('head'), signature), false)
})

test('a key of another kind is refused', () => {
  assert.throws(() => auditSigner(Secret.of(Buffer.from('not a key'))))
})
