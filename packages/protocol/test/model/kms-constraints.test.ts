import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { constraintOf as inTable, listConstraintOf as listInTable } from '../../src/model/constraints.ts'
import { KMS_CONSTRAINTS } from '../../src/model/kms-constraints.ts'
import { KMS } from '../../src/model/kms.ts'
import { wireTypeOf } from '../../src/model/model.ts'
import { rulesOf } from '../../src/model/rules.ts'
import { inputMembersOf } from '../support/input-members.ts'
import { computingMs } from '../../../../tools/testing/computing.ts'

const inputMembers = () => inputMembersOf(KMS)
/** In KMS a name means the same in every structure. */
const constraintOf = (member: string) => inTable(KMS_CONSTRAINTS, 'Any', member)
const listConstraintOf = (member: string) => listInTable(KMS_CONSTRAINTS, 'Any', member)

/** Strings, numbers and blobs that AWS leaves open. */
const UNCONSTRAINED = ['ExpirationModel', 'ValidTo']

test('every string, number and blob of an input has a constraint or is an enumeration', () => {
  const open = inputMembers()
    .filter(({ member: { type, isList } }) => !isList && KMS.enumerations[type] === undefined)
    .filter(({ member: { type } }) => ['string', 'integer', 'blob', 'secretBlob', 'secretString'].includes(type))
    .filter(({ member: { name } }) => constraintOf(name) === undefined && !UNCONSTRAINED.includes(name))
  assert.deepEqual(open, [])
})

test('literal facts', () => {
  assert.deepEqual(constraintOf('KeyId'), { min: 1, max: 2048 })
  assert.deepEqual(constraintOf('NumberOfBytes'), { min: 1, max: 1024 })
  assert.deepEqual(constraintOf('Plaintext'), { min: 1, max: 4096 })
  assert.deepEqual(constraintOf('Message'), { min: 1, max: 4096 })
  assert.deepEqual(constraintOf('CiphertextBlob'), { min: 1, max: 6144 })
  assert.deepEqual(constraintOf('Signature'), { min: 1, max: 6144 })
  assert.deepEqual(constraintOf('PublicKey'), { min: 1, max: 8192 })
  assert.deepEqual(constraintOf('Description'), { min: 0, max: 8192 })
  assert.deepEqual(constraintOf('TagKey'), { min: 1, max: 128 })
  assert.deepEqual(constraintOf('TagValue'), { min: 0, max: 256 })
  assert.deepEqual(constraintOf('PendingWindowInDays'), { min: 1, max: 365 })
  assert.deepEqual(constraintOf('RotationPeriodInDays'), { min: 90, max: 2560 })
  assert.deepEqual(constraintOf('KeyMaterialId'), { min: 64, max: 64, pattern: '^[a-f0-9]+$' })
  assert.deepEqual(constraintOf('AliasName'), { min: 1, max: 256, pattern: '^[a-zA-Z0-9:/_-]+$' })
  assert.deepEqual(constraintOf('Limit'), { min: 1, max: 1000 })
  assert.equal(constraintOf('Policy')?.max, 131_072)
  assert.deepEqual(listConstraintOf('GrantTokens'), { length: { min: 0, max: 10 }, element: { min: 1, max: 8192 } })
  assert.equal(constraintOf('EncryptionContext'), undefined)
})

test('no pattern takes more than linear time', () => {
  const patterned = inputMembers().filter(({ member: { name } }) => constraintOf(name)?.pattern !== undefined)
  assert.ok(patterned.length > 15)
  // What makes a backtracking matcher suffer: long runs that almost match, for each of the patterns' building blocks.
  const runs = [
    'a',
    'a-',
    'a.',
    '/a',
    '/',
    '/kms/xks/v1',
    'a-a-a-',
    'arn:aws:a:a:111111111111:',
    '1',
    'com.amazonaws.vpce.a-',
    '\u00e9',
  ]
  for (const { member } of patterned) {
    const rules = rulesOf(KMS, member.type, constraintOf(member.name))
    for (const run of runs) {
      const hostile = `${run.repeat(100_000 / run.length)}\u2603`
      const spentMs = computingMs(() => rules.forEach((rule) => rule.holds(hostile)))
      assert.ok(spentMs < 500, `${member.name} with ${run}`)
    }
  }
})

interface ReferenceShape {
  type: string
  min?: number
  max?: number
  pattern?: string
  members?: Record<string, { shape: string }>
  member?: { shape: string }
}
const REFERENCE = new URL('../../../../../shared/reference/model.json', import.meta.url)

test(
  'the table says what the public service model says',
  { skip: existsSync(REFERENCE) ? false : 'the public service model is not beside this checkout' },
  () => {
    const { shapes } = JSON.parse(readFileSync(REFERENCE, 'utf8')) as { shapes: Record<string, ReferenceShape> }
    const limitsOf = ({ min, max, pattern }: ReferenceShape) =>
      max === undefined ? undefined : { min: min ?? 0, max, ...(pattern === undefined ? {} : { pattern }) }
    for (const { structure, member } of inputMembers()) {
      const name = shapes[structure]?.members?.[member.name]?.shape
      if (name === undefined) continue // newer than that model
      const shape = shapes[name]!
      const where = `${structure}.${member.name}`
      if (shape.type !== 'list') assert.deepEqual(constraintOf(member.name), limitsOf(shape), where)
      else if (wireTypeOf(KMS, member.type) !== undefined) {
        const element = limitsOf(shapes[shape.member!.shape]!)
        assert.deepEqual(
          { length: undefined, element: undefined, ...listConstraintOf(member.name) },
          { length: limitsOf(shape), element },
          where,
        )
      }
    }
  },
)
