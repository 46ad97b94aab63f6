import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OPERATIONS } from '../../../src/services/registry.ts'
import { requireSpace } from '../../../src/execution/throttle/scarcity.ts'
import { TokenBuckets } from '../../../src/execution/throttle/token-buckets.ts'
import { manualClock } from '../../support/manual-clock.ts'

const ACCOUNT = '111122223333'

function spaceOf(isScarce: boolean): Parameters<typeof requireSpace>[2] {
  return { space: { reserve: { isScarce }, reads: new TokenBuckets(manualClock(0)) } }
}

/** Operations of a service that are refused however rarely they are asked for. */
function refused(service: 'kms' | 'iam'): string[] {
  const refuses = (operation: Parameters<typeof requireSpace>[0]): boolean => {
    try {
      requireSpace(operation, ACCOUNT, spaceOf(true))
      return false
    } catch {
      return true
    }
  }
  return [...OPERATIONS.of(service).values()].filter(refuses).map(({ name }) => name)
}

test('while disk space is scarce, cryptography is refused and all administration is not', () => {
  const cryptography = `Decapsulate Decrypt DeriveSharedSecret Encapsulate Encrypt GenerateDataKey GenerateDataKeyPair
    GenerateDataKeyPairWithoutPlaintext GenerateDataKeyWithoutPlaintext GenerateMac GenerateRandom ReEncrypt Sign Verify
    VerifyMac`.split(/\s+/)
  assert.deepEqual(refused('kms').toSorted(), cryptography)
  assert.deepEqual(refused('iam'), [])
})

test('reading is answered ten times a second for each account, changes without a limit', () => {
  const services = spaceOf(true)
  const read = { rate: 500, readOnly: true } as const
  for (let call = 0; call < 10; call++) requireSpace(read, ACCOUNT, services)
  assert.throws(() => requireSpace(read, ACCOUNT, services), { code: 'KMSInternalException' })
  requireSpace(read, '444455556666', services)
  const change = { rate: 5, readOnly: false } as const
  for (let call = 0; call < 100; call++) requireSpace(change, ACCOUNT, services)
})

test('nothing is refused if space is not scarce, or is not monitored', () => {
  const encrypt = { rate: 'by key', readOnly: true } as const
  requireSpace(encrypt, ACCOUNT, spaceOf(false))
  requireSpace(encrypt, ACCOUNT, {})
})
