import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Denials } from '../../src/execution/denials.ts'
import type { AuditRecord } from '../../src/audit/record.ts'

function draftOf(resource: string | undefined, accountId = '111122223333', allowed = false): AuditRecord {
  const caller = { type: 'IAMUser', principalId: 'AIDA1', arn: `arn:aws:iam::${accountId}:user/a/ann`, accountId }
  const decision = { allowed, reason: 'no-identity-allow', ...(resource !== undefined && { resource }) }
  return { caller, decision } as unknown as AuditRecord
}

test('a denial belongs to the account of its resource, or of the caller where it is about none', () => {
  const denials = new Denials()
  const note = (id: string, ...draft: Parameters<typeof draftOf>): void => denials.note(id, draftOf(...draft))
  note('key', 'arn:aws:kms:eu-central-1:444455556666:key/1')
  note('none', '*')
  note('ciphertext', undefined)
  note('allowed', '*', '111122223333', true)
  denials.note('unread', {} as AuditRecord)
  const found = ['key', 'none', 'ciphertext', 'allowed', 'unread'].map((id) =>
    ['111122223333', '444455556666'].filter((account) => denials.find(id, account) !== undefined),
  )
  assert.deepEqual(found, [['444455556666'], ['111122223333'], [], [], []])
  assert.equal(denials.find('none', '111122223333')?.principal.name, 'ann')
})

test('of each account the last thousand denials are remembered, and those of the last fifty accounts', () => {
  const denials = new Denials()
  denials.note('other', draftOf('*', '444455556666'))
  for (let id = 0; id <= 1000; id++) denials.note(`id-${id}`, draftOf('*'))
  assert.equal(denials.find('id-0', '111122223333'), undefined)
  assert.ok(denials.find('id-1', '111122223333'))
  assert.ok(denials.find('other', '444455556666'))
  for (let account = 0; account < 50; account++) denials.note('id', draftOf('*', String(700_000_000_000 + account)))
  assert.equal(denials.find('id-1000', '111122223333'), undefined)
})

test('callers of other accounts, who choose whose resources they name, displace no denial of an account itself', () => {
  const denials = new Denials()
  denials.note('own', draftOf('*'))
  for (let n = 0; n < 2000; n++) denials.note(`named-${n}`, draftOf('arn:aws:kms:r:111122223333:key/1', '444455556666'))
  for (let n = 0; n < 100; n++) {
    denials.note('named', draftOf(`arn:aws:kms:r:${700_000_000_000 + n}:key/1`, '444455556666'))
  }
  assert.ok(denials.find('own', '111122223333'))
})

test('the account of a resource is told nothing of what the policies of callers of other accounts say', () => {
  const denials = new Denials()
  const basis = [{ layer: 'identity policy', policy: 'arn:aws:iam::444455556666:policy/acquisition' }]
  const note = (id: string, reason: string): void => {
    const draft = draftOf('arn:aws:kms:eu-central-1:111122223333:key/1', '444455556666')
    denials.note(id, { ...draft, decision: { ...draft.decision!, reason, basis } })
  }
  const ofTheirs = [
    'denied-by-identity-policy',
    'denied-by-permissions-boundary',
    'denied-by-session-policy',
    'no-identity-allow',
    'no-boundary-allow',
    'no-session-allow',
    'too-much-work',
  ]
  for (const reason of ofTheirs) {
    note(reason, reason)
    const told = denials.find(reason, '111122223333')
    assert.deepEqual([told?.reason, told?.basis], ['not-allowed-by-principals-account', undefined], reason)
  }
  note('resource', 'denied-by-resource-policy')
  assert.deepEqual(denials.find('resource', '111122223333')?.basis, basis)
})
