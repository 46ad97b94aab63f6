import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { KeyMetadata } from '@keyhold/protocol'
import { judgeKey, type Verdicts } from '../../src/keys/judge-key.ts'
import type { KeyFacts } from '../../src/keys/key-facts.ts'

const NOW_MS = Date.parse('2026-06-01T00:00:00Z')
const daysAgo = (days: number): Date => new Date(NOW_MS - days * 86_400_000)
const symmetric = { KeyId: 'k', KeySpec: 'SYMMETRIC_DEFAULT', Origin: 'AWS_KMS', KeyState: 'Enabled' } as const

function judged(facts: Partial<KeyFacts>): Verdicts {
  const all = { keyId: 'k', aliases: [], problems: [], ...facts }
  return judgeKey(all, { nowMs: NOW_MS, unusedDays: 90, expiringDays: 30 })
}

const of = (metadata: Partial<KeyMetadata>, rest: Partial<KeyFacts> = {}): Verdicts =>
  judged({ metadata: { ...symmetric, ...metadata }, ...rest })

test('of a key about which nothing is told, nothing is known', () => {
  assert.deepEqual(new Set(Object.values(judged({}))), new Set(['unknown']))
})

describe('a key is unused', () => {
  const unused = (lastUsage: KeyFacts['lastUsage']): string => judged({ ...(lastUsage && { lastUsage }) }).unused

  test('when its last use was long ago', () => {
    assert.equal(unused({ KeyLastUsage: { Timestamp: daysAgo(91) } }), 'yes')
    assert.equal(unused({ KeyLastUsage: { Timestamp: daysAgo(89) } }), 'no')
  })

  test('when it was watched for long enough and never used', () => {
    assert.equal(unused({ KeyCreationDate: daysAgo(900), TrackingStartDate: daysAgo(91) }), 'yes')
  })

  test('perhaps, when it was not watched for long enough', () => {
    assert.equal(unused({ KeyCreationDate: daysAgo(900), TrackingStartDate: daysAgo(10) }), 'unknown')
    assert.equal(unused({ KeyCreationDate: daysAgo(900) }), 'unknown')
  })

  test('never, when it is too young to tell', () => {
    assert.equal(unused({ KeyCreationDate: daysAgo(10), TrackingStartDate: daysAgo(10) }), 'no')
  })
})

describe('a key is unrotated', () => {
  test('when its rotation is off', () => {
    assert.equal(of({}, { rotation: { enabled: false } }).unrotated, 'yes')
  })

  test('when its last material came more than a year ago', () => {
    assert.equal(of({}, { rotation: { enabled: true, last: daysAgo(367) } }).unrotated, 'yes')
    assert.equal(of({}, { rotation: { enabled: true, last: daysAgo(365) } }).unrotated, 'no')
    assert.equal(of({}, { rotation: { enabled: true } }).unrotated, 'unknown')
  })

  test('never, when the KMS rotates no such keys', () => {
    for (const other of [{ KeySpec: 'RSA_2048' }, { Origin: 'EXTERNAL' }, { KeyState: 'PendingDeletion' }] as const) {
      assert.equal(of(other).unrotated, 'no')
    }
    assert.equal(of({}).unrotated, 'unknown')
  })
})

test('a key is expiring when its material ends soon, or has ended', () => {
  assert.equal(of({ ValidTo: daysAgo(-29) }).expiring, 'yes')
  assert.equal(of({ ValidTo: daysAgo(5) }).expiring, 'yes')
  assert.equal(of({ ValidTo: daysAgo(-31) }).expiring, 'no')
  assert.equal(of({}).expiring, 'no')
})

test('its state says whether a key is disabled or waits for its deletion', () => {
  const states = (KeyState: NonNullable<KeyMetadata['KeyState']>): string[] => {
    const { pendingDeletion, disabled } = of({ KeyState })
    return [pendingDeletion, disabled]
  }
  assert.deepEqual(states('Enabled'), ['no', 'no'])
  assert.deepEqual(states('Disabled'), ['no', 'yes'])
  assert.deepEqual(states('PendingDeletion'), ['yes', 'no'])
  assert.deepEqual(states('PendingReplicaDeletion'), ['yes', 'no'])
})

test('a key is open by its policy or a grant, and closed only if both are known', () => {
  const outsider = { who: '444455556666', by: 'grant g', conditional: false }
  assert.equal(judged({ byGrants: [outsider] }).openToOthers, 'yes')
  assert.equal(judged({ byPolicy: [outsider], byGrants: [] }).openToOthers, 'yes')
  assert.equal(judged({ byPolicy: [] }).openToOthers, 'unknown')
  assert.equal(judged({ byGrants: [] }).openToOthers, 'unknown')
  assert.equal(judged({ byPolicy: [], byGrants: [] }).openToOthers, 'no')
})
