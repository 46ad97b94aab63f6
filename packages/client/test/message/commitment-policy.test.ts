/** Specification, "Commitment policy". */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CommitmentPolicy, requireReadable, suiteToWrite } from '../../src/message/commitment-policy.ts'
import { SUITES } from '../../src/message/suites.ts'

/** By policy: what it writes with a signature and without, and whether it reads messages without a commitment. */
const POLICIES: Readonly<Record<CommitmentPolicy, { signed: number; unsigned: number; readsUncommitted: boolean }>> = {
  FORBID_ENCRYPT_ALLOW_DECRYPT: { signed: 0x0378, unsigned: 0x0178, readsUncommitted: true },
  REQUIRE_ENCRYPT_ALLOW_DECRYPT: { signed: 0x0578, unsigned: 0x0478, readsUncommitted: true },
  REQUIRE_ENCRYPT_REQUIRE_DECRYPT: { signed: 0x0578, unsigned: 0x0478, readsUncommitted: false },
}
const policies = Object.keys(POLICIES) as CommitmentPolicy[]

/** Suites that commit, and suites that use their data key as it is: by the specification's table. */
const COMMITTING = [0x0478, 0x0578]
const UNDERIVED = [0x0014, 0x0046, 0x0078]

test('a policy has its own suites, signed unless told otherwise', () => {
  for (const policy of policies) {
    const { signed, unsigned } = POLICIES[policy]
    assert.equal(suiteToWrite(policy, undefined, undefined).id, signed)
    assert.equal(suiteToWrite(policy, undefined, true).id, signed)
    assert.equal(suiteToWrite(policy, undefined, false).id, unsigned)
  }
})

test('a named suite is written where the policy permits it, and derives the key of each message', () => {
  for (const policy of policies) {
    for (const { id, name, signature } of SUITES) {
      const commits = COMMITTING.includes(id)
      const permitted = commits === (policy !== 'FORBID_ENCRYPT_ALLOW_DECRYPT') && !UNDERIVED.includes(id)
      if (!permitted) {
        assert.throws(() => suiteToWrite(policy, name, undefined), { code: 'SUITE_REFUSED' }, `${policy} ${name}`)
        continue
      }
      assert.equal(suiteToWrite(policy, name, undefined).id, id)
      assert.equal(suiteToWrite(policy, name, signature !== undefined).id, id)
      assert.throws(() => suiteToWrite(policy, name, signature === undefined), { code: 'INVALID_ARGUMENT' })
    }
  }
})

test('what commits is always read, and what does not where the policy says so', () => {
  for (const policy of policies) {
    for (const suite of SUITES) {
      if (COMMITTING.includes(suite.id) || POLICIES[policy].readsUncommitted) requireReadable(suite, policy)
      else assert.throws(() => requireReadable(suite, policy), { code: 'SUITE_REFUSED' })
    }
  }
})

test('names that do not exist are refused, those of every object too', () => {
  for (const name of ['WHATEVER', 'toString', '__proto__']) {
    assert.throws(() => suiteToWrite(name as CommitmentPolicy, undefined, undefined), { code: 'INVALID_ARGUMENT' })
    assert.throws(() => requireReadable(SUITES[0]!, name as CommitmentPolicy), { code: 'INVALID_ARGUMENT' })
  }
})
