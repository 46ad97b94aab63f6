import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultKeyPolicy } from '../../../../src/domain/policy/default-policy.ts'
import { overlyPermissiveCondition } from '../../../../src/domain/policy/language/overly-permissive.ts'
import { parsePolicy } from '../../../../src/domain/policy/language/parse.ts'
import { principalsOf } from '../../../../src/domain/policy/language/document.ts'
import { ACCOUNT, changed, fault, SERVICE, SESSION, STATEMENTS, USER } from './support.ts'

const IAM = `arn:aws:iam::${ACCOUNT}:`

test('the simplest document of each kind is accepted, its statement in an array or not', () => {
  for (const kind of ['identity', 'key', 'trust'] as const) {
    assert.equal(fault(changed(kind, {}), kind), undefined)
    assert.equal(fault({ Statement: STATEMENTS[kind] }, kind), undefined)
  }
  assert.equal(fault(defaultKeyPolicy(ACCOUNT, 'aws-cn'), 'key'), undefined)
})

test('a document is read whole', () => {
  const statement = {
    Sid: 'A b',
    Effect: 'Deny',
    NotPrincipal: { AWS: [USER.arn], Service: SERVICE.arn },
    NotAction: ['kms:Get*', 'kms:List*'],
    NotResource: 'arn:aws:kms:*:*:key/*',
    Condition: { NumericLessThan: { 'kms:RotationPeriodInDays': [90, '91'] }, Bool: { 'aws:SecureTransport': false } },
  }
  assert.deepEqual(parsePolicy(JSON.stringify({ Id: 'x', Statement: [statement] }), 'key').policy, {
    version: '2008-10-17',
    id: 'x',
    statements: [
      {
        path: '$.Statement[0]',
        sid: 'A b',
        effect: 'Deny',
        principals: {
          not: true,
          names: [
            {
              kind: 'user',
              text: USER.arn,
              accountId: ACCOUNT,
              partition: 'aws',
              path: '$.Statement[0].NotPrincipal.AWS[0]',
            },
            { kind: 'service', text: SERVICE.arn, path: '$.Statement[0].NotPrincipal.Service' },
          ],
        },
        actions: { not: true, values: ['kms:Get*', 'kms:List*'] },
        resources: { not: true, values: ['arn:aws:kms:*:*:key/*'] },
        conditions: [
          {
            path: '$.Statement[0].Condition.NumericLessThan["kms:RotationPeriodInDays"]',
            operator: 'NumericLessThan',
            key: 'kms:RotationPeriodInDays',
            values: ['90', '91'],
          },
          {
            path: '$.Statement[0].Condition.Bool["aws:SecureTransport"]',
            operator: 'Bool',
            key: 'aws:SecureTransport',
            values: ['false'],
          },
        ],
      },
    ],
  })
})

test('a principal that cannot be is told', () => {
  assert.equal(fault(changed('key', { Principal: { AWS: 'someone' } }), 'key')?.invalidPrincipal, 'someone')
  assert.equal(fault(changed('key', { Principal: 'someone' }), 'key')?.invalidPrincipal, 'someone')
  assert.equal(fault(changed('key', { Effect: 'x' }), 'key')?.invalidPrincipal, undefined)
})

test('a key policy that repeats Sids, writes them with spaces, and leaves Action and Resource out is read', () => {
  const inert = { Sid: 'No effect', Effect: 'Allow', Principal: '*' }
  assert.equal(
    fault({ Statement: [inert, inert, { ...inert, Action: 'kms:*' }, { ...inert, Resource: '*' }] }, 'key'),
    undefined,
  )
})

test('the older version takes a dollar sign as it is', () => {
  assert.equal(
    fault({ Statement: { ...STATEMENTS.identity, Resource: 'arn:aws:kms:eu:1:key/${' } }, 'identity'),
    undefined,
  )
})

test('every principal that a document names is told, with its kind and its place', () => {
  const principals = {
    AWS: [
      '*',
      ACCOUNT,
      `${IAM}root`,
      USER.arn,
      SESSION.role?.arn,
      SESSION.arn,
      `arn:aws:sts::${ACCOUNT}:federated-user/bob`,
      'AIDACKCEVSQ6C2EXAMPLE',
    ],
    Service: SERVICE.arn,
    Federated: ['accounts.google.com', `${IAM}oidc-provider/issuer.example.com/path`, `${IAM}saml-provider/x`],
    CanonicalUser: 'a'.repeat(64),
  }
  const { policy } = parsePolicy(
    JSON.stringify({
      Statement: [
        { ...STATEMENTS.key, Principal: principals },
        { ...STATEMENTS.key, Principal: undefined, NotPrincipal: '*' },
      ],
    }),
    'key',
  )
  assert.ok(policy)
  const found = principalsOf(policy)
  assert.deepEqual(
    found.map(({ kind }) => kind),
    [
      'every-aws-principal',
      'account',
      'account',
      'user',
      'role',
      'session',
      'federated-user',
      'id',
      'service',
      'federated',
      'federated',
      'federated',
      'canonical-user',
      'everyone',
    ],
  )
  assert.equal(found[3]?.path, `$.Statement[0].Principal.AWS[3]`)
  assert.equal(found[3]?.accountId, ACCOUNT)
  assert.equal(found[13]?.path, '$.Statement[1].NotPrincipal')
})

test('ForAllValues on a key that has one value is told, where it allows', () => {
  const told = (effect: string, operator: string, key: string): string | undefined => {
    const { policy } = parsePolicy(
      JSON.stringify(changed('key', { Effect: effect, Condition: { [operator]: { [key]: 'x' } } })),
      'key',
    )
    assert.ok(policy)
    return overlyPermissiveCondition(policy)?.path
  }
  for (const key of ['kms:EncryptionContext:a', 'KMS:encryptionContext:a', 'aws:RequestTag/a', 'aws:ResourceTag/a']) {
    const path = `$.Statement[0].Condition["ForAllValues:StringEquals"][${JSON.stringify(key)}]`
    assert.equal(told('Allow', 'ForAllValues:StringEquals', key), path)
    assert.equal(told('Deny', 'ForAllValues:StringEquals', key), undefined)
    assert.equal(told('Allow', 'StringEquals', key), undefined)
    assert.equal(told('Allow', 'ForAnyValue:StringEquals', key), undefined)
  }
  for (const key of ['kms:EncryptionContextKeys', 'aws:TagKeys'])
    assert.equal(told('Allow', 'ForAllValues:StringEquals', key), undefined)
})
