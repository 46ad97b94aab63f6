import { EnvelopeError } from '../base/error.ts'
import { COMMITTED, COMMITTED_SIGNED, isCommitting, SUITES, UNCOMMITTED, UNCOMMITTED_SIGNED } from './suites.ts'
import type { Suite, SuiteName } from './suites.ts'

/**
 * Whether messages must commit to their data key, so that none opens under two keys to two plaintexts. Specification,
 * "Commitment policy". The weaker two are for a fleet that is being moved from messages of version 1.
 */
export type CommitmentPolicy =
  | 'FORBID_ENCRYPT_ALLOW_DECRYPT'
  | 'REQUIRE_ENCRYPT_ALLOW_DECRYPT'
  | 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT'

export const DEFAULT_COMMITMENT_POLICY: CommitmentPolicy = 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT'

interface Rules {
  /** Whether what is written commits to its data key: it must, or it must not. */
  writesCommitment: boolean
  /** Whether messages without a commitment are read. */
  readsUncommitted: boolean
}

const POLICIES: Readonly<Record<CommitmentPolicy, Rules>> = Object.freeze({
  FORBID_ENCRYPT_ALLOW_DECRYPT: { writesCommitment: false, readsUncommitted: true },
  REQUIRE_ENCRYPT_ALLOW_DECRYPT: { writesCommitment: true, readsUncommitted: true },
  REQUIRE_ENCRYPT_REQUIRE_DECRYPT: { writesCommitment: true, readsUncommitted: false },
})

/** The suite to write with: the named one, or the policy's own with or without a signature. */
export function suiteToWrite(
  policy: CommitmentPolicy,
  name: SuiteName | undefined,
  signed: boolean | undefined,
): Suite {
  const { writesCommitment } = rulesOf(policy)
  if (name === undefined) return ownSuite(writesCommitment, signed ?? true)
  const suite = suiteNamed(name)
  if (signed !== undefined && signed !== (suite.signature !== undefined)) {
    throw invalid(`The suite ${name} ${signed ? 'has no signature' : 'signs'}: leave out "signed", or the suite.`)
  }
  // Two messages under one data key would use it at the same IVs: nothing is derived from the message's id.
  if (suite.kdfHash === undefined) throw refused(suite, 'only reads messages that use their data key itself')
  if (isCommitting(suite) !== writesCommitment) throw refused(suite, `does not write it under the policy ${policy}`)
  return suite
}

function ownSuite(writesCommitment: boolean, signed: boolean): Suite {
  if (writesCommitment) return signed ? COMMITTED_SIGNED : COMMITTED
  return signed ? UNCOMMITTED_SIGNED : UNCOMMITTED
}

function suiteNamed(name: SuiteName): Suite {
  const suite = SUITES.find((one) => one.name === name)
  if (suite === undefined) throw invalid(`There is no algorithm suite ${JSON.stringify(name)}.`)
  return suite
}

/** @throws EnvelopeError SUITE_REFUSED for a message that the policy does not let be read. */
export function requireReadable(suite: Suite, policy: CommitmentPolicy): void {
  if (isCommitting(suite) || rulesOf(policy).readsUncommitted) return
  throw refused(suite, `reads it only under the policy REQUIRE_ENCRYPT_ALLOW_DECRYPT, and this one is ${policy}`)
}

function rulesOf(policy: CommitmentPolicy): Rules {
  if (Object.hasOwn(POLICIES, policy)) return POLICIES[policy]
  throw invalid(`There is no commitment policy ${JSON.stringify(policy)}.`)
}

function refused({ name }: Suite, why: string): EnvelopeError {
  return new EnvelopeError('SUITE_REFUSED', `The algorithm suite is ${name}, and this client ${why}.`)
}

function invalid(message: string): EnvelopeError {
  return new EnvelopeError('INVALID_ARGUMENT', message)
}
