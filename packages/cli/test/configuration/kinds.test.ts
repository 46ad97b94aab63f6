import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { WrongValue } from '../../src/configuration/kind.ts'
import { integer } from '../../src/configuration/kinds.ts'
import { map } from '../../src/configuration/many.ts'
import { CERTIFICATES, ROWS } from './support/kinds.ts'

for (const [name, { kind, texts, wrongTexts, values, wrongValues }] of Object.entries(ROWS)) {
  describe(`a setting of the kind ${name}`, () => {
    test('is read from texts, and its text is read to the same again', () => {
      for (const [given, value] of texts) {
        assert.deepEqual(kind.fromText(given), value, given)
        assert.deepEqual(kind.fromText(kind.toText(kind.fromText(given))), value, given)
      }
    })
    test('is read from values of a file', () => {
      for (const [given, value] of values) assert.deepEqual(kind.fromFile(given, '/folder'), value)
    })
    test('refuses everything else, in a sentence that quotes no value', () => {
      for (const given of wrongTexts) assert.throws(() => kind.fromText(given), WrongValue, `text ${given}`)
      for (const given of wrongValues)
        assert.throws(() => kind.fromFile(given, '/folder'), WrongValue, `value ${JSON.stringify(given)}`)
    })
  })
}

test('what is wrong within a list or mapping is named by its place', () => {
  const place = (read: () => unknown): unknown => {
    try {
      return read()
    } catch (error) {
      return (error as WrongValue).path
    }
  }
  assert.deepEqual(
    place(() => CERTIFICATES.fromFile([{ cert: 'a' }, { cert: 'a', names: ['x', 3] }], '/')),
    [1, 'names', 1],
  )
  assert.deepEqual(
    place(() => map(integer(0, 1)).fromText('a=1,b=2')),
    ['b'],
  )
})

test('an unknown member is refused with the known ones', () => {
  assert.throws(() => CERTIFICATES.fromFile([{ crt: 'a' }], '/'), {
    message: '"crt" is not known here. Known are cert, key, names.',
  })
})
