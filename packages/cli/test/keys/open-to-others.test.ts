import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Outsider, outsidersOfGrants, outsidersOfPolicy } from '../../src/keys/open-to-others.ts'

const OWN = '111122223333'
const OTHER = '444455556666'
const root = (account: string): string => `arn:aws:iam::${account}:root`

type Row = readonly [name: string, statement: object, expected: readonly Omit<Outsider, 'by'>[]]

const everybody = { who: '*', conditional: false }
const other = { who: OTHER, conditional: false }

/** Each statement is an Allow of kms:* unless it says otherwise. */
const POLICIES: readonly Row[] = [
  ['the account itself', { Principal: { AWS: root(OWN) } }, []],
  ['the account by its number', { Principal: { AWS: OWN } }, []],
  ['a user of the account', { Principal: { AWS: [`arn:aws:iam::${OWN}:user/ann`] } }, []],
  ['a session of a role of the account', { Principal: { AWS: `arn:aws:sts::${OWN}:assumed-role/r/s` } }, []],
  ['a service', { Principal: { Service: ['logs.eu-central-1.amazonaws.com'] } }, []],
  ['a principal who was deleted', { Principal: { AWS: 'AIDAIOSFODNN7EXAMPLE' } }, []],
  ['no principal', {}, []],
  ['another account', { Principal: { AWS: root(OTHER) } }, [other]],
  ['another account by its number', { Principal: { AWS: OTHER } }, [other]],
  ['another partition', { Principal: { AWS: `arn:aws-cn:iam::${OTHER}:role/r` } }, [other]],
  [
    'two principals of another account',
    { Principal: { AWS: [root(OTHER), `arn:aws:iam::${OTHER}:user/bob`] } },
    [other],
  ],
  ['own and other principals', { Principal: { AWS: [root(OWN), root(OTHER)] } }, [other]],
  ['a service and another account', { Principal: { Service: 's3.amazonaws.com', AWS: OTHER } }, [other]],
  [
    'an OIDC provider',
    { Principal: { Federated: 'accounts.google.com' } },
    [{ who: 'accounts.google.com', conditional: false }],
  ],
  ['everybody', { Principal: '*' }, [everybody]],
  ['everybody, in an object', { Principal: { AWS: '*' } }, [everybody]],
  ['everybody, in a list', { Principal: { AWS: [root(OWN), '*'] } }, [everybody]],
  ['all but one', { NotPrincipal: { AWS: root(OWN) } }, [everybody]],
  ['a Deny of everybody', { Effect: 'Deny', Principal: '*' }, []],
  ['everybody with no condition in the condition', { Principal: '*', Condition: {} }, [everybody]],
  [
    'everybody of the account, as AWS managed keys have it',
    {
      Principal: { AWS: '*' },
      Condition: { StringEquals: { 'kms:CallerAccount': OWN, 'kms:ViaService': 's3.amazonaws.com' } },
    },
    [],
  ],
  [
    'everybody under a condition that says nothing about accounts',
    { Principal: '*', Condition: { Bool: { 'aws:SecureTransport': 'true' } } },
    [{ who: '*', conditional: true }],
  ],
  [
    'another account under a condition',
    { Principal: { AWS: root(OTHER) }, Condition: { StringEquals: { 'kms:EncryptionContext:tenant': 'acme' } } },
    [{ who: OTHER, conditional: true }],
  ],
]

describe('who is let in by a policy that allows', () => {
  for (const [name, statement, expected] of POLICIES) {
    test(name, () => {
      const policy = { Statement: [{ Sid: 'S', Effect: 'Allow', Action: 'kms:*', Resource: '*', ...statement }] }
      const found = outsidersOfPolicy(JSON.stringify(policy), OWN)
      assert.deepEqual(
        found,
        expected.map((one) => ({ ...one, by: 'statement S' })),
      )
    })
  }
})

describe('the outsiders of a policy', () => {
  test('are named with the statement that lets them in, by its number when it has no name', () => {
    const allow = { Effect: 'Allow', Principal: '*' }
    const found = outsidersOfPolicy(JSON.stringify({ Statement: [allow, { ...allow, Sid: 'named' }] }), OWN)
    assert.deepEqual(
      found.map(({ by }) => by),
      ['statement 1', 'statement named'],
    )
  })

  test('are found in a statement that is not in a list', () => {
    const found = outsidersOfPolicy(JSON.stringify({ Statement: { Effect: 'Allow', Principal: OTHER } }), OWN)
    assert.deepEqual(found, [{ who: OTHER, by: 'statement 1', conditional: false }])
  })

  for (const text of ['', '{', '[]', 'null', '{}', '{"Statement":[1]}', '{"Statement":"Allow"}']) {
    test(`are not known of ${JSON.stringify(text)}, which is no policy`, () => {
      assert.throws(() => outsidersOfPolicy(text, OWN), SyntaxError)
    })
  }
})

describe('the outsiders of grants', () => {
  const found = (GranteePrincipal: string, Constraints?: object): Outsider[] =>
    outsidersOfGrants([{ GrantId: 'g', GranteePrincipal, ...(Constraints && { Constraints }) }], OWN)

  test('are grantees of other accounts', () => {
    assert.deepEqual(found(`arn:aws:iam::${OTHER}:role/r`), [{ who: OTHER, by: 'grant g', conditional: false }])
    assert.deepEqual(found(`arn:aws:iam::${OWN}:role/r`), [])
  })

  test('are conditional when the grant has a constraint', () => {
    const constraints = { EncryptionContextSubset: { tenant: 'acme' } }
    assert.deepEqual(found(root(OTHER), constraints), [{ who: OTHER, by: 'grant g', conditional: true }])
  })

  test('are no services, which act for the account', () => {
    assert.deepEqual(found('dynamodb.eu-central-1.amazonaws.com'), [])
    assert.deepEqual(outsidersOfGrants([{ GrantId: 'g', GranteeServicePrincipal: 'backup.example.internal' }], OWN), [])
  })
})
