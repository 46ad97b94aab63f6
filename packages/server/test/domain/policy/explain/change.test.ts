import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide } from '../../../../src/domain/policy/decide.ts'
import { explain } from '../../../../src/domain/policy/explain/explain.ts'
import type { Edit } from '../../../../src/domain/policy/explain/explanation.ts'
import { applyEdits } from '../support/apply.ts'
import { fakePolicy } from '../support/fake-policy.ts'
import { LANGUAGES } from '../support/languages.ts'
import { situations } from '../support/verify.ts'
import { type Compile, KEY_ARN, requestOf, type World, worldOf } from '../support/world.ts'

/** Every so-and-so-many-th situation: a prime, so that no dimension is always the same. */
const STRIDE = 23

/** The context of every situation, as a statement is bound to it. */
const IN_CONTEXT = { StringEquals: { 'kms:EncryptionContext:volume': 'vol-1' } }

test('a session is allowed by its role, as the next session has another name', () => {
  assert.deepEqual(changeOf('session', 'boundary-silent'), [
    {
      kind: 'add-statement',
      layer: 'resource policy',
      policy: 'key policy',
      statement: {
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::111122223333:role/reader' },
        Action: 'kms:Decrypt',
        Resource: KEY_ARN,
        Condition: IN_CONTEXT,
      },
    },
    {
      kind: 'add-statement',
      layer: 'permissions boundary',
      policy: 'boundary',
      statement: {
        Effect: 'Allow',
        Action: 'kms:Decrypt',
        Resource: KEY_ARN,
        Condition: {
          StringEquals: {
            'aws:PrincipalArn': 'arn:aws:iam::111122223333:role/reader',
            ...IN_CONTEXT.StringEquals,
          },
        },
      },
    },
  ])
})

test('where the account decides, its limits are widened and not passed by', () => {
  const layers = changeOf('session', 'names-account boundary-silent session-silent')?.map(
    (edit) => 'layer' in edit && edit.layer,
  )
  assert.deepEqual(layers, ['identity policy', 'permissions boundary', 'session policy'])
})

test('a principal that has grants on the key gets another grant, with the context of the request', () => {
  const grantee = { arn: 'arn:aws:iam::111122223333:role/reader', principalId: 'AROAREADER' }
  assert.deepEqual(changeOf('session', 'grant-other-context'), [
    {
      kind: 'create-grant',
      grantee,
      operations: ['Decrypt'],
      constraints: { encryptionContextEquals: { volume: 'vol-1' } },
    },
  ])
})

test('grants of others on the key, or grants on another key, are no reason to propose a grant', () => {
  for (const words of ['grant-stranger', 'grant-other-key', 'grant-other-region']) {
    assert.deepEqual(
      changeOf('user', words)?.map(({ kind }) => kind),
      ['add-statement'],
      words,
    )
  }
})

test('an allow to a root is bound to the root, as its ARN means the account', () => {
  const [edit] = changeOf('root', '') ?? []
  assert.ok(edit?.kind === 'add-statement')
  assert.equal(edit.statement.Condition?.['StringEquals']?.['aws:PrincipalArn'], 'arn:aws:iam::111122223333:root')
})

test('an allow is bound by conditions of statements about the same request, and of no others', () => {
  const Condition = { StringEquals: { 'aws:PrincipalTag/team': 'a' } }
  const conditionOf = (difference: object): unknown => {
    const world = worldOf('user', ['names-user'])
    const [statement] = typeof world.resource.policy === 'object' ? world.resource.policy.Statement : []
    Object.assign(statement ?? assert.fail(), { Condition, ...difference })
    const [edit] = explain(requestOf(world, fakePolicy)).change ?? []
    return edit?.kind === 'add-statement' && edit.statement.Condition
  }
  assert.deepEqual(conditionOf({}), { ...IN_CONTEXT, Null: { 'aws:PrincipalTag/team': 'true' } })
  assert.deepEqual(conditionOf({ Principal: { AWS: 'arn:aws:iam::111122223333:user/mallory' } }), IN_CONTEXT)
  assert.deepEqual(conditionOf({ Action: 'kms:Encrypt' }), IN_CONTEXT)
})

test('a grant is not proposed where its constraint could not hold the context, nor with a constraint on no context', () => {
  const world = worldOf('user', ['grant-other-operation'])
  const kindOf = (context: Record<string, string>) => explain(requestOf({ ...world, context }, fakePolicy)).change?.[0]
  assert.equal(kindOf({ long: 'v'.repeat(400) })?.kind, 'add-statement')
  const grant = kindOf({})
  assert.ok(grant?.kind === 'create-grant')
  assert.equal(grant.constraints, undefined)
})

test('a deny spares the principal by a condition, and goes where no condition can spare it', () => {
  const statement = { index: 0 }
  assert.deepEqual(changeOf('session', 'key-denies grant-role'), [
    {
      kind: 'narrow-deny',
      layer: 'resource policy',
      policy: 'key policy',
      statement,
      conditions: [
        { ArnNotEquals: { 'aws:PrincipalArn': 'arn:aws:iam::111122223333:role/reader' } },
        { StringNotEquals: { 'kms:EncryptionContext:volume': 'vol-1' } },
      ],
    },
  ])
  assert.deepEqual(changeOf('service', 'key-denies grant-self'), [
    { kind: 'remove-deny', layer: 'resource policy', policy: 'key policy', statement },
  ])
})

test('a deny spares a service by its name, and compares an ARN with wildcards in it as text', () => {
  const firstCondition = (who: string, key: string, value: string): unknown => {
    const world = worldOf(who, ['key-denies'])
    const conditions = { ...world.conditions, [key]: [value] }
    const [edit] = explain(requestOf({ ...world, conditions }, fakePolicy)).change ?? []
    return edit?.kind === 'narrow-deny' && edit.conditions[0]
  }
  const [name, arn] = ['backup.amazonaws.com', 'arn:aws:iam::111122223333:user/*/alice']
  assert.deepEqual(firstCondition('service', 'aws:principalservicename', name), {
    StringNotEquals: { 'aws:PrincipalServiceName': name },
  })
  assert.deepEqual(firstCondition('user', 'aws:principalarn', arn), { StringNotEquals: { 'aws:PrincipalArn': arn } })
})

test('a value is proposed as text, though it begins like a policy variable', () => {
  const world = { ...worldOf('user', []), context: { volume: '${aws:username}' } }
  const [edit] = explain(requestOf(world, fakePolicy)).change ?? []
  assert.ok(edit?.kind === 'add-statement')
  assert.deepEqual(edit.statement.Condition, {
    StringEquals: { 'kms:EncryptionContext:volume': '${$}{aws:username}' },
  })
})

test('a service is named as a service', () => {
  const [edit] = changeOf('service', '') ?? []
  assert.ok(edit?.kind === 'add-statement')
  assert.deepEqual(edit.statement.Principal, { Service: 'backup.amazonaws.com' })
})

test('a web identity is named by its provider and its subject', () => {
  const [edit] = changeOf('web-identity', '') ?? []
  assert.ok(edit?.kind === 'add-statement')
  assert.deepEqual(edit.statement, {
    Effect: 'Allow',
    Principal: { Federated: 'arn:aws:iam::111122223333:oidc-provider/oidc.example.com' },
    Action: 'kms:Decrypt',
    Resource: KEY_ARN,
    Condition: { StringEquals: { ...IN_CONTEXT.StringEquals, 'oidc.example.com:sub': 'subject-1' } },
  })
})

test('a trust policy gets a statement without a resource', () => {
  const world = worldOf('user', [])
  const { encryptionContext: _, ...request } = requestOf(world, fakePolicy)
  const resource = { ...request.resource, arn: 'arn:aws:iam::111122223333:role/writer' }
  const [edit] = explain({ ...request, action: 'sts:AssumeRole', resource }).change ?? []
  assert.ok(edit?.kind === 'add-statement')
  const principal = { AWS: 'arn:aws:iam::111122223333:user/alice' }
  assert.deepEqual(edit.statement, { Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' })
})

test('what has no policy and belongs to others cannot be allowed by any change', () => {
  for (const [who, words] of [
    ['foreign-user', 'no-policy'],
    ['foreign-root', 'missing'],
    ['user', 'unknown'],
    ['service', 'missing'],
  ] as const) {
    assert.equal(changeOf(who, words), undefined)
  }
})

for (const [name, compile] of LANGUAGES) {
  test(`the proposed change allows the request, and no part of it can be left out (${name})`, () => {
    let proposed = 0
    for (const [place, { who, words }] of [...situations()].entries()) {
      if (place % STRIDE !== 0) continue
      const world = worldOf(who, words)
      const { change, decision } = explain(requestOf(world, compile))
      if (decision.allowed) assert.deepEqual(change, [])
      else if (change) proposed += 1
      if (!decision.allowed && change)
        assert.equal(changeProblem(world, change, compile), undefined, `${who} ${words.join(' ')}`)
    }
    assert.ok(proposed > 1000)
  })

  test(`a statement that fails by its condition is proposed again with what the request has (${name})`, () => {
    const world = worldOf('user', ['names-account', 'identity-allows'])
    const [statement] = world.identity[0]?.Statement ?? []
    assert.ok(statement)
    statement.Condition = { StringEquals: { 'kms:ViaService': 'ec2.eu-central-1.amazonaws.com' } }
    const { change, nearest } = explain(requestOf(world, compile))
    assert.deepEqual(change, [
      {
        kind: 'add-statement',
        layer: 'identity policy',
        policy: 'identity-0',
        statement: {
          Effect: 'Allow',
          Action: 'kms:Decrypt',
          Resource: KEY_ARN,
          Condition: { ...IN_CONTEXT, Null: { 'kms:ViaService': 'true' } },
        },
      },
    ])
    assert.deepEqual(nearest?.failed, [
      {
        part: 'condition',
        operator: 'StringEquals',
        key: 'kms:ViaService',
        wanted: ['ec2.eu-central-1.amazonaws.com'],
        found: undefined,
      },
    ])
    assert.equal(changeProblem(world, change ?? [], compile), undefined)
  })
}

function changeOf(who: string, words: string): Edit[] | undefined {
  const list = words.split(' ').filter((word) => word !== '')
  return explain(requestOf(worldOf(who, list), fakePolicy)).change
}

/** What is wrong with a change: it does not help, or it holds more than is needed. */
function changeProblem(world: World, change: readonly Edit[], compile: Compile): string | undefined {
  const allows = (edits: readonly Edit[]): boolean => decide(requestOf(applyEdits(world, edits), compile)).allowed
  if (!allows(change)) return `not allowed by ${JSON.stringify(change)}`
  const needless = change.find((edit) => allows(change.filter((other) => other !== edit)))
  if (needless) return `allowed without ${JSON.stringify(needless)}`
  const wider = wideningOf(world, change, compile)
  return wider && `${wider} is allowed, too, by ${JSON.stringify(change)}`
}

/** Which request that differs in one thing was denied and is allowed by the change. A deny that no condition can spare goes. */
function wideningOf(world: World, change: readonly Edit[], compile: Compile): string | undefined {
  if (change.some(({ kind }) => kind === 'remove-deny')) return undefined
  const changed = applyEdits(world, change)
  const allows = (one: World, difference: object): boolean =>
    decide(requestOf({ ...one, ...difference }, compile)).allowed
  const spares = change.some(({ kind }) => kind === 'narrow-deny')
  return Object.entries(othersThan(world)).find(
    ([name, difference]) =>
      !(spares && OF_THE_STATEMENT.has(name)) && !allows(world, difference) && allows(changed, difference),
  )?.[0]
}

/** A deny that spares a principal spares it for all that the statement is about. */
const OF_THE_STATEMENT = new Set(['another action', 'another key'])

/** Another user has neither the policies of this one nor what is added to them. */
function othersThan({ principal, resource, conditions, identity, boundary, session }: World): Record<string, object> {
  const other = { arn: `arn:aws:iam::${principal.accountId}:user/other`, principalId: 'AIDAOTHER' }
  return {
    'another context': { context: { volume: 'vol-3' } },
    'no context': { context: {} },
    'another action': { action: 'kms:GenerateDataKey' },
    ...(resource.arn === KEY_ARN && {
      'another key': { resource: { ...resource, arn: KEY_ARN.replace('1234abcd', '4321abcd') } },
    }),
    ...(principal.type === 'IAMUser' && {
      'another user': {
        identity,
        boundary,
        session,
        principal: { ...principal, ...other },
        conditions: { ...conditions, 'aws:principalarn': [other.arn] },
      },
    }),
  }
}
