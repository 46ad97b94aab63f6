import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide } from '../../../src/domain/policy/decide.ts'
import { denialSentence } from '../../../src/domain/policy/denial.ts'
import { REASONS, reasonSentence, type DenyReason } from '../../../src/domain/policy/reasons.ts'
import { fakePolicy } from './support/fake-policy.ts'
import { KEY_ARN, requestOf, worldOf } from './support/world.ts'

const USER = 'User: arn:aws:iam::111122223333:user/alice is not authorized to perform: kms:Decrypt'
const FOREIGN = 'User: arn:aws:iam::444455556666:user/alice is not authorized to perform: kms:Decrypt'
const HIDDEN =
  'because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based ' +
  'policy explicitly denies access'

/** A caller of the resource's own account is told which kind of policy it was. */
const OWN_ACCOUNT: readonly (readonly [words: string, ending: string])[] = [
  ['', 'because no resource-based policy allows the kms:Decrypt action'],
  ['names-account', 'because no identity-based policy allows the kms:Decrypt action'],
  ['names-account identity-allows boundary-silent', 'because no permissions boundary allows the kms:Decrypt action'],
  ['names-account identity-allows session-silent', 'because no session policy allows the kms:Decrypt action'],
  ['key-denies', 'with an explicit deny in a resource-based policy'],
  ['identity-denies', 'with an explicit deny in an identity-based policy'],
  ['boundary-denies', 'with an explicit deny in a permissions boundary'],
  ['session-denies', 'with an explicit deny in a session policy'],
]

for (const [words, ending] of OWN_ACCOUNT) {
  test(`in one's own account, ${words || 'no document'} is answered ${ending}`, () => {
    assert.equal(sentence('user', words), `${USER} on resource: ${KEY_ARN} ${ending}`)
  })
}

test('operations without a resource are denied on *', () => {
  const ending = 'because no identity-based policy allows the kms:Decrypt action'
  assert.equal(sentence('user', 'nowhere'), `${USER} on resource: * ${ending}`)
})

test('a denial does not name a key that the request would have made', () => {
  const { resource, ...rest } = requestOf(worldOf('user', []), fakePolicy)
  const ending = 'because no resource-based policy allows the kms:Decrypt action'
  const request = { ...rest, resource: { ...resource, isNew: true as const } }
  assert.equal(denialSentence(request, 'no-resource-allow'), `${USER} ${ending}`)
})

test('other accounts get one sentence, whatever denied them', () => {
  const situations = [
    '',
    'identity-denies',
    'names-user',
    'names-user identity-allows key-denies',
    'missing',
    'no-policy',
  ]
  for (const words of situations) assert.equal(sentence('foreign-user', words), `${FOREIGN} on this resource ${HIDDEN}`)
})

test('a service is told no more than other accounts, even about a key of its operator', () => {
  const service = 'User: backup.amazonaws.com is not authorized to perform: kms:Decrypt on this resource'
  for (const words of ['', 'missing']) assert.equal(sentence('operator-service', words), `${service} ${HIDDEN}`)
})

test('IAM knows no Regions and no resource policies, and names a resource as it is called there', () => {
  const said = (who: string, reason: DenyReason): string => {
    const { resource, ...rest } = requestOf(worldOf(who, []), fakePolicy)
    return denialSentence({ ...rest, action: 'iam:GetRole', resource: { ...resource, named: 'role r1' } }, reason)
  }
  const denied = 'is not authorized to perform: iam:GetRole on resource: role r1'
  const silent = 'because no identity-based policy allows the iam:GetRole action'
  const user = 'User: arn:aws:iam::111122223333:user/alice'
  assert.equal(said('user', 'no-identity-allow'), `${user} ${denied} ${silent}`)
  const boundary = 'with an explicit deny in a permissions boundary'
  assert.equal(said('user', 'denied-by-permissions-boundary'), `${user} ${denied} ${boundary}`)
  for (const reason of ['not-the-owner', 'denied-by-identity-policy'] as const) {
    assert.equal(said('operator-service', reason), `User: backup.amazonaws.com ${denied} ${silent}`)
  }
})

test('a ciphertext of an unknown key is not named', () => {
  const { resource, ...rest } = requestOf(worldOf('user', ['unknown']), fakePolicy)
  const decision = decide({
    ...rest,
    resource: { ...resource, hiddenAs: 'the resource associated with this ciphertext' },
  })
  assert.equal(
    !decision.allowed && decision.sentence,
    `${USER} on the resource associated with this ciphertext ${HIDDEN}`,
  )
})

test('a resource that cannot be named is hidden, even if it claims to belong to the caller’s account', () => {
  assert.equal(sentence('user', 'unnamed identity-denies'), `${USER} on this resource ${HIDDEN}`)
})

test('the root of the account is told like its users', () => {
  const root = 'User: arn:aws:iam::111122223333:root is not authorized to perform: kms:Decrypt'
  const ending = `on resource: ${KEY_ARN} because no resource-based policy allows the kms:Decrypt action`
  assert.equal(sentence('root', ''), `${root} ${ending}`)
})

test('no two reasons of one account share a sentence', () => {
  const request = requestOf(worldOf('user', []), fakePolicy)
  const reasons = Object.keys(REASONS).filter((reason) => /^(denied|no|not)-/.test(reason)) as DenyReason[]
  assert.equal(reasons.length, 9)
  assert.equal(new Set(reasons.map((reason) => denialSentence(request, reason))).size, 9)
})

function sentence(who: string, words: string): string {
  const list = words.split(' ').filter((word) => word !== '')
  const decision = decide(requestOf(worldOf(who, list), fakePolicy))
  return decision.allowed ? 'allowed' : decision.sentence
}

test('every reason of an audit record has a sentence, those of unenforced and of older decisions too', () => {
  for (const [reason, sentence] of Object.entries(REASONS)) assert.equal(reasonSentence(reason), sentence)
  assert.match(reasonSentence('not-enforced'), /enforces no policies/)
  for (const reason of ['root', 'toString']) assert.match(reasonSentence(reason), /earlier version/)
})
