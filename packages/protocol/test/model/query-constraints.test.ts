import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ConstraintTable } from '../../src/model/constraints.ts'
import { constraintOf, listConstraintOf } from '../../src/model/constraints.ts'
import { IAM_CONSTRAINTS } from '../../src/model/iam-constraints.ts'
import { IAM } from '../../src/model/iam.ts'
import type { ServiceModel } from '../../src/model/model.ts'
import { rulesOf } from '../../src/model/rules.ts'
import { STS_CONSTRAINTS } from '../../src/model/sts-constraints.ts'
import { STS } from '../../src/model/sts.ts'
import { inputMembersOf } from '../support/input-members.ts'
import { computingMs } from '../../../../tools/testing/computing.ts'

const TABLES: readonly [ServiceModel, ConstraintTable][] = [
  [IAM, IAM_CONSTRAINTS],
  [STS, STS_CONSTRAINTS],
]

for (const [model, table] of TABLES) {
  const members = inputMembersOf(model)
  const { signingName } = model

  test(`${signingName}: every string and number of an input has a constraint or is an enumeration`, () => {
    const open = members
      .filter(({ member: { type, isList } }) => !isList && ['string', 'integer', 'secretString'].includes(type))
      .filter(({ structure, member: { name } }) => constraintOf(table, structure, name) === undefined)
    assert.deepEqual(open, [])
  })

  test(`${signingName}: the table names nothing that no input has`, () => {
    const names = new Set(members.flatMap(({ structure, member: { name } }) => [name, `${structure}.${name}`]))
    const named = [...Object.keys(table.members), ...Object.keys(table.lists)]
    assert.deepEqual(
      named.filter((name) => !names.has(name)),
      [],
    )
  })

  test(`${signingName}: no pattern takes more than linear time`, () => {
    const runs = ['a', '/', '/a', 'a/', '.', '1', 'v1', 'v1.', '-', 'é', ' ']
    const constraints = members.flatMap(({ structure, member: { name } }) => {
      const element = listConstraintOf(table, structure, name).element
      return [constraintOf(table, structure, name), element].filter((one) => one?.pattern !== undefined)
    })
    assert.ok(constraints.length > 5)
    for (const constraint of new Set(constraints)) {
      const rules = rulesOf(model, 'string', constraint)
      for (const run of runs) {
        const hostile = `${run.repeat(100_000 / run.length)}\u2603\u0000`
        const spentMs = computingMs(() => rules.forEach((rule) => rule.holds(hostile)))
        assert.ok(spentMs < 500, `${constraint?.pattern} with ${run}`)
      }
    }
  })
}

test('literal facts of IAM', () => {
  const of = (structure: string, member: string) => constraintOf(IAM_CONSTRAINTS, `${structure}Request`, member)
  assert.equal(of('CreateUser', 'UserName')?.max, 64)
  assert.equal(of('AttachUserPolicy', 'UserName')?.max, 64)
  assert.equal(of('GetUser', 'UserName')?.max, 128)
  assert.equal(of('GetRole', 'RoleName')?.max, 64)
  assert.equal(of('GetGroup', 'GroupName')?.max, 128)
  assert.deepEqual(of('PutUserPolicy', 'PolicyName'), { min: 1, max: 128, pattern: String.raw`[\w+=,.@-]+` })
  assert.equal(of('PutUserPolicy', 'PolicyDocument')?.max, 131_072)
  assert.deepEqual(of('GetPolicy', 'PolicyArn'), { min: 20, max: 2048 })
  assert.deepEqual(of('CreateRole', 'MaxSessionDuration'), { min: 3600, max: 43_200 })
  assert.deepEqual(of('ListUsers', 'MaxItems'), { min: 1, max: 1000 })
  assert.notEqual(of('CreatePolicy', 'Path')?.pattern, of('CreateUser', 'Path')?.pattern)
  assert.deepEqual(listConstraintOf(IAM_CONSTRAINTS, 'TagUserRequest', 'Tags'), { length: { min: 0, max: 50 } })
})

test('literal facts of STS', () => {
  const of = (structure: string, member: string) => constraintOf(STS_CONSTRAINTS, `${structure}Request`, member)
  assert.deepEqual(of('AssumeRole', 'DurationSeconds'), { min: 900, max: 43_200 })
  assert.deepEqual(of('GetSessionToken', 'DurationSeconds'), { min: 900, max: 129_600 })
  assert.deepEqual(of('AssumeRole', 'RoleSessionName'), { min: 2, max: 64, pattern: String.raw`[\w+=,.@-]*` })
  assert.deepEqual([of('AssumeRole', 'ExternalId')?.min, of('AssumeRole', 'ExternalId')?.max], [2, 1224])
  assert.deepEqual(of('AssumeRoleWithWebIdentity', 'WebIdentityToken'), { min: 4, max: 20_000 })
})
