import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { schemaOf } from '../../src/configuration/schema.ts'
import { isSecret, type PlainSetting, type Setting } from '../../src/configuration/setting.ts'
import { SETTINGS } from '../../src/configuration/settings.ts'
import { ROWS } from './support/kinds.ts'

/** Whether an independent validator accepts the file's content. */
const accepts = new Ajv2020({ strict: true, allErrors: true }).compile(schemaOf(SETTINGS))

function nested(path: string, value: unknown): unknown {
  return path.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), value)
}

const PLAIN = (Object.values(SETTINGS) as readonly Setting[]).filter(
  (setting): setting is PlainSetting => !isSecret(setting),
)

test('the schema accepts every default, and every setting by itself', () => {
  for (const { path, default: value, kind } of PLAIN) {
    if (value === undefined) continue
    assert.ok(accepts(nested(path, kind.shown(value))), path)
  }
  assert.ok(accepts({}))
})

test('the schema refuses what is not known, at the top and below, and no value of any setting may be null', () => {
  for (const { path } of PLAIN) {
    assert.equal(accepts(nested(`${path}x`, 1)), false, path)
    assert.equal(accepts(nested(path, null)), false, path)
    if (path.includes('.')) assert.equal(accepts({ [path]: 1 }), false, 'a path is nested, not written with dots')
  }
})

test('a secret may be a text, or the name of a file', () => {
  const token = { path: 'a.token', flag: 'token', secret: true, verbs: ['serve'], reload: false, about: 'x' } as const
  const validate = new Ajv2020({ strict: true }).compile(schemaOf({ token }))
  assert.ok(validate({ a: { token: 'x' } }) && validate({ a: { tokenFile: 'f' } }))
  for (const a of [{ token: 1 }, { token: '' }, { tokenFile: [] }, { tokens: 'x' }])
    assert.equal(validate({ a }), false)
})

describe('the schema of the kind', () => {
  for (const [name, { kind, values, wrongValues, beyondSchema = [] }] of Object.entries(ROWS)) {
    test(`${name} and its reader accept and refuse the same`, () => {
      const validate = new Ajv2020({ strict: true }).compile(kind.schema)
      for (const [given] of values) assert.ok(validate(given), JSON.stringify(given))
      for (const given of wrongValues) {
        const isBeyond = beyondSchema.includes(given)
        assert.equal(validate(given), isBeyond, JSON.stringify(given))
      }
    })
  }
})
