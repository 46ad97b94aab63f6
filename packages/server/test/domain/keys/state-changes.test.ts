import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KeyChange, KeyRecord, KeyState } from '../../../src/domain/keys/record.ts'
import { pendingDeletion, pendingReplicaDeletion, withState } from '../../../src/domain/keys/state-changes.ts'

const KEY: KeyRecord = {
  keyId: '1234abcd-12ab-34cd-56ef-1234567890ab',
  accountId: '111122223333',
  region: 'eu-central-1',
  description: '',
  spec: 'SYMMETRIC_DEFAULT',
  usage: 'ENCRYPT_DECRYPT',
  origin: 'AWS_KMS',
  manager: 'CUSTOMER',
  state: 'Enabled',
  createdMs: 1,
  tags: [],
}
const WAIT = { clock: 'c', untilMs: 7, stops: 0 }
const END = '"createdMs":1,"tags":[]'

/** The part of the stored record that starts with the state. */
function stored(key: KeyRecord): string {
  return JSON.stringify(key).replace(/^.*"state"/, '"state"')
}

test('a change of state keeps the order of the stored members and leaves none of the previous state', () => {
  const waiting = pendingDeletion(KEY, 5, WAIT)
  const primary = pendingReplicaDeletion(KEY, 9)
  const end = `${END},"deletionMs":5,"deletionWait":${JSON.stringify(WAIT)}}`
  assert.equal(stored(waiting), `"state":"PendingDeletion",${end}`)
  assert.equal(stored(pendingDeletion(primary, 5, WAIT)), `"state":"PendingDeletion",${end}`)
  assert.equal(stored(primary), `"state":"PendingReplicaDeletion",${END},"pendingWindowDays":9}`)
  assert.equal(stored(pendingReplicaDeletion(waiting, 9)), stored(primary))
  for (const key of [KEY, waiting, primary])
    assert.equal(stored(withState(key, 'Disabled')), `"state":"Disabled",${END}}`)
})

type Waiting = Extract<KeyRecord, { state: 'PendingDeletion' }>
type Primary = Extract<KeyRecord, { state: 'PendingReplicaDeletion' }>

/** Each line makes a record that no state allows. The compiler refuses all of them. */
const REFUSED = (key: KeyRecord, waiting: Waiting, primary: Primary, state: KeyState): KeyRecord[] => [
  // @ts-expect-error: enabled, with the date of a deletion
  { ...waiting, state: 'Enabled' },
  // @ts-expect-error: enabled, with the waiting period of its deletion
  { ...primary, state: 'Enabled' },
  // @ts-expect-error: it may have members of its previous state
  { ...key, state: 'Disabled' },
  // @ts-expect-error: the state may need members
  { ...key, state },
  // @ts-expect-error: pending deletion without a date
  { ...KEY, state: 'PendingDeletion' },
  // @ts-expect-error: pending deletion, but its replicas are deleted first
  { ...primary, state: 'PendingDeletion', deletionMs: 5 },
  // @ts-expect-error: it waits for its replicas without a waiting period
  { ...KEY, state: 'PendingReplicaDeletion' },
  // @ts-expect-error: it waits for its replicas, and has a date
  { ...waiting, state: 'PendingReplicaDeletion', pendingWindowDays: 9 },
  // @ts-expect-error: pending deletion without a date
  withState(key, 'PendingDeletion'),
]

/** Each line changes members of the state as if they were independent of it. */
const REFUSED_CHANGES = (key: KeyRecord): KeyChange[] => [
  // @ts-expect-error: a whole record
  key,
  // @ts-expect-error: the state alone
  { state: 'Enabled' },
  // @ts-expect-error: the date alone
  { deletionMs: 5 },
]

test('the lists of records that no state allows are compiled', () => {
  assert.deepEqual([typeof REFUSED, typeof REFUSED_CHANGES], ['function', 'function'])
})
