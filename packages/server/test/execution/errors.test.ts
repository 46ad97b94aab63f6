import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Caller } from '../../src/identity/accounts/caller.ts'
import { addManagedPolicy, addUser, ALLOW_KMS, policyOf } from '../support/identities.ts'
import { base64, callerOf, OTHER_ACCOUNT, TestService } from '../support/service.ts'
import { ENCRYPT, type ErrorRow } from './support/error-row.ts'
import * as input from './support/input-error-rows.ts'
import * as keys from './support/key-error-rows.ts'
import * as materials from './support/material-error-rows.ts'

/**
 * Every error that the API documents or that was recorded from AWS, word for word, and a request that leads to it.
 * ThrottlingException: throttle/admission.test.ts; signatures: test/authentication.
 */
const GROUPS: Readonly<Record<string, readonly ErrorRow[]>> = {
  'What is not there': keys.NOT_FOUND,
  'Key states': keys.STATES,
  'Keys that cannot': keys.USAGE,
  'Types of keys': materials.KEY_TYPES,
  Imports: materials.IMPORTS,
  Rotations: materials.ROTATIONS,
  Precedence: keys.PRECEDENCE,
  Denials: keys.DENIALS,
  Input: input.INPUT,
  Tags: input.TAGS,
  Aliases: input.ALIASES,
  'Grants and markers': input.GRANTS,
  'Key policies': input.POLICIES,
}

let service: TestService
let callers: Readonly<Record<string, Caller>>
let other: { keyId: string; ciphertext: string }

before(async () => {
  service = await TestService.open('on')
  callers = await everybody()
  const { keyId } = await service.createKey({}, callers['admin'])
  const encrypted = await service.ok('Encrypt', { KeyId: keyId, Plaintext: base64('text') }, callers['admin'])
  other = { keyId, ciphertext: encrypted.CiphertextBlob ?? '' }
})
after(() => service[Symbol.asyncDispose]())

async function everybody(): Promise<Record<string, Caller>> {
  const all = { all: ALLOW_KMS }
  const deny = { ...ALLOW_KMS, Effect: 'Deny', Action: 'kms:Encrypt' }
  const boundary = await addManagedPolicy(service, 'boundary', ALLOW_KMS, deny)
  const limited = await addUser(service, 'limited', { inline: all })
  const session = { issuedMs: 0, expiresMs: 0, policies: [policyOf(ALLOW_KMS, deny)], tags: [], transitiveTagKeys: [] }
  return {
    admin: await addUser(service, 'admin', { inline: all }),
    unprivileged: await addUser(service, 'unprivileged'),
    stranger: callerOf(OTHER_ACCOUNT),
    forbidden: await addUser(service, 'forbidden', { inline: { ...all, deny } }),
    bounded: await addUser(service, 'bounded', { inline: all, boundary }),
    limited: { ...limited, session },
  }
}

for (const [group, rows] of Object.entries(GROUPS)) {
  describe(group, () => {
    for (const row of rows) test(`${row.name}: ${row.why}`, () => leadsTo(row))
  })
}

async function leadsTo({
  name,
  input = ENCRYPT,
  key = {},
  state,
  caller = 'admin',
  before: first,
  fault,
}: ErrorRow): Promise<void> {
  const { keyId, arn } = await service.createKey(key, callers['admin'])
  const filled = (input: object): object => {
    const values = { KEY: keyId, OTHER: other.keyId, CIPHERTEXT: other.ciphertext }
    const text = JSON.stringify(input).replace(/"(KEY|OTHER|CIPHERTEXT)"/g, (_, word) => `"${values[word as 'KEY']}"`)
    return JSON.parse(text) as object
  }
  if (state) await service.force(keyId, state)
  if (first) await service.ok(first[0], filled(first[1]), callers['admin'])
  assert.equal(await service.fault(name, filled(input), callers[caller]), fault.replace(/\bARN\b(?! does)/, arn))
}
