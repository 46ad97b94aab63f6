import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DocumentEdit, editDocument } from '../../../../src/domain/policy/explain/edit-document.ts'

const ADDED = { Effect: 'Allow', Action: 'kms:Decrypt', Resource: '*' } as const
const ADD: DocumentEdit = { kind: 'add-statement', layer: 'identity policy', policy: undefined, statement: ADDED }

function narrow(index: number, value = 'arn:aws:iam::111122223333:user/ann'): DocumentEdit {
  const condition = { ArnNotEquals: { 'aws:PrincipalArn': value } }
  return { kind: 'narrow-deny', layer: 'identity policy', policy: 'p', statement: { index }, conditions: [condition] }
}

function remove(index: number): DocumentEdit {
  return { kind: 'remove-deny', layer: 'identity policy', policy: 'p', statement: { index } }
}

function edited(
  document: object | undefined,
  ...edits: DocumentEdit[]
): { Statement: { Sid?: string; Condition?: object }[] } {
  return JSON.parse(editDocument(document && JSON.stringify(document), edits)) as ReturnType<typeof edited>
}

test('a statement is added behind those that are there, also where there was one without a list, or no document', () => {
  const other = { Effect: 'Allow', Action: 'kms:Encrypt', Resource: '*' }
  assert.deepEqual(edited({ Version: '2012-10-17', Id: 'i', Statement: [other] }, ADD), {
    Version: '2012-10-17',
    Id: 'i',
    Statement: [other, ADDED],
  })
  assert.deepEqual(edited({ Statement: other }, ADD), { Statement: [other, ADDED] })
  assert.deepEqual(edited(undefined, ADD), { Version: '2012-10-17', Statement: [ADDED] })
})

test('the places of denials are those that they had before anything was edited', () => {
  const statements = ['a', 'b', 'c', 'd'].map((Sid) => ({ Sid, Effect: 'Deny', Action: '*', Resource: '*' }))
  const { Statement } = edited({ Statement: statements }, remove(0), narrow(2), remove(1), ADD)
  assert.deepEqual(
    Statement.map(({ Sid, Condition }) => [Sid, Condition !== undefined]),
    [
      ['c', true],
      ['d', false],
      [undefined, false],
    ],
  )
})

test('a denial that is narrowed by several conditions becomes as many copies in its place, and only one keeps the Sid', () => {
  const statement = { Sid: 'a', Effect: 'Deny', Action: '*', Resource: '*' }
  const conditions = [
    { ArnNotEquals: { 'aws:PrincipalArn': 'x' } },
    { StringNotEquals: { 'kms:EncryptionContext:t': 'y' } },
  ]
  const { Sid: _, ...bare } = statement
  const edit: DocumentEdit = {
    kind: 'narrow-deny',
    layer: 'identity policy',
    policy: 'p',
    statement: { index: 0 },
    conditions,
  }
  assert.deepEqual(edited({ Statement: [statement, { Sid: 'b' }] }, edit).Statement, [
    { ...statement, Condition: conditions[0] },
    { ...bare, Condition: conditions[1] },
    { Sid: 'b' },
  ])
})

test('a condition joins those that are there: another operator, another key, another value', () => {
  const narrowed = (Condition: object): unknown => {
    const { Statement } = edited(
      { Statement: [{ Effect: 'Deny', Action: '*', Resource: '*', Condition }] },
      narrow(0, 'x'),
    )
    return Statement[0]?.Condition
  }
  const added = { ArnNotEquals: { 'aws:PrincipalArn': 'x' } }
  assert.deepEqual(narrowed({ Bool: { 'aws:SecureTransport': 'false' } }), {
    Bool: { 'aws:SecureTransport': 'false' },
    ...added,
  })
  assert.deepEqual(narrowed({ ArnNotEquals: { 'aws:SourceArn': 's' } }), {
    ArnNotEquals: { 'aws:SourceArn': 's', 'aws:PrincipalArn': 'x' },
  })
  assert.deepEqual(narrowed({ ArnNotEquals: { 'aws:PrincipalArn': 'y' } }), {
    ArnNotEquals: { 'aws:PrincipalArn': ['y', 'x'] },
  })
  assert.deepEqual(narrowed({ ArnNotEquals: { 'aws:PrincipalArn': ['y', 'z'] } }), {
    ArnNotEquals: { 'aws:PrincipalArn': ['y', 'z', 'x'] },
  })
})

test('what is added is written in characters that policies may have', () => {
  const Condition = { StringEquals: { 'kms:EncryptionContext:Straße': 'ключ 🗝 \u202e\u0080' } }
  const text = editDocument(undefined, [{ ...ADD, statement: { ...ADDED, Condition } }])
  assert.match(text, /^[\u0009\u000a\u000d\u0020-\u00ff]+$/)
  assert.deepEqual((JSON.parse(text) as ReturnType<typeof edited>).Statement, [{ ...ADDED, Condition }])
})

test('principals that were deleted are left out, as no policy can be put with them', () => {
  const [user, session] = ['AIDAAAAAAAAAAAAAAAAA', 'AROAAAAAAAAAAAAAAAAA:monday']
  const ann = 'arn:aws:iam::111122223333:user/ann'
  const statement = { Effect: 'Deny', Action: '*', Resource: '*' }
  const service = { Service: 'backup.amazonaws.com' }
  const principals: [before: object, after: object | undefined][] = [
    [{ Principal: { AWS: user } }, undefined],
    [{ Principal: { AWS: [user, session] } }, undefined],
    [{ Principal: { AWS: [user, ann, session] } }, { Principal: { AWS: [ann] } }],
    [{ Principal: { AWS: user, ...service } }, { Principal: service }],
    [{ Principal: { AWS: ann } }, { Principal: { AWS: ann } }],
    [{ Principal: '*' }, { Principal: '*' }],
    [{ NotPrincipal: { AWS: [user, ann] } }, { NotPrincipal: { AWS: [ann] } }],
    [{ NotPrincipal: { AWS: [user] } }, { NotPrincipal: { AWS: [user] } }],
  ]
  for (const [before, after] of principals) {
    const { Statement } = edited({ Statement: [{ ...statement, ...before }] }, ADD)
    assert.deepEqual(Statement, after === undefined ? [ADDED] : [{ ...statement, ...after }, ADDED])
  }
})
