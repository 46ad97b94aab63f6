/** The algorithm suites, as the specification lists them: AWS Encryption SDK Specification, "Algorithm suites". */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isCommitting, suiteOf, SUITES } from '../../src/message/suites.ts'

const P256 = ['P-256', 'sha256', 33] as const
const P384 = ['P-384', 'sha384', 49] as const

/** Id, bytes of the data key, hash of the HKDF, signature. */
const UNCOMMITTED = [
  [0x0014, 16, undefined, undefined],
  [0x0046, 24, undefined, undefined],
  [0x0078, 32, undefined, undefined],
  [0x0114, 16, 'sha256', undefined],
  [0x0146, 24, 'sha256', undefined],
  [0x0178, 32, 'sha256', undefined],
  [0x0214, 16, 'sha256', P256],
  [0x0346, 24, 'sha384', P384],
  [0x0378, 32, 'sha384', P384],
] as const
const COMMITTED = [
  [0x0478, 32, 'sha512', undefined],
  [0x0578, 32, 'sha512', P384],
] as const

test('every suite of the specification is there, as it is there, and no other', () => {
  const found = SUITES.map((suite) => {
    const { id, dataKeyBytes, kdfHash, signature, messageVersion, messageIdBytes, commitmentBytes } = suite
    const signed = signature && [signature.curve, signature.hash, signature.publicKeyBytes]
    assert.deepEqual([suite.ivBytes, suite.tagBytes, suiteOf(id)], [12, 16, suite])
    assert.equal(isCommitting(suite), messageVersion === 2)
    return [id, dataKeyBytes, kdfHash, signed, messageVersion, messageIdBytes, commitmentBytes]
  })
  assert.deepEqual(found, [
    ...UNCOMMITTED.map((row) => [...row, 1, 16, 0]),
    ...COMMITTED.map((row) => [...row, 2, 32, 32]),
  ])
  assert.equal(suiteOf(0x0278), undefined)
})

test('a suite’s name says what it is', () => {
  for (const { name, dataKeyBytes, kdfHash, signature } of SUITES) {
    assert.ok(name.startsWith(`AES_${dataKeyBytes * 8}_GCM_`))
    assert.equal(name.includes('NO_KDF'), kdfHash === undefined)
    if (kdfHash !== undefined) assert.ok(name.includes(`HKDF_${kdfHash.toUpperCase()}`))
    assert.equal(name.includes('ECDSA'), signature !== undefined)
    if (signature !== undefined) assert.ok(name.endsWith(`_ECDSA_${signature.curve.replace('-', '')}`))
  }
})
