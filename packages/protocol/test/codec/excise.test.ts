import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { exciseStrings } from '../../src/codec/excise.ts'
import { parseJson } from '../../src/json.ts'

const decoder = new TextDecoder()

function excise(document: string, ...names: string[]): { rest: string; strings: Record<string, string> } {
  const { rest, strings } = exciseStrings(new TextEncoder().encode(document), new Set(names))
  return {
    rest: decoder.decode(rest),
    strings: Object.fromEntries([...strings].map(([name, bytes]) => [name, decoder.decode(bytes)])),
  }
}

test('cuts out the named top-level strings and leaves empty ones', () => {
  assert.deepEqual(excise('{"KeyId":"k", "Plaintext" : "c2VjcmV0","n":1,"Other":"x"}', 'Plaintext', 'Other'), {
    rest: '{"KeyId":"k", "Plaintext" : "","n":1,"Other":""}',
    strings: { Plaintext: 'c2VjcmV0', Other: 'x' },
  })
})

const LEFT_ALONE: Record<string, string> = {
  'a name that is not asked for': '{"Q":"s"}',
  'a nested member': '{"a":{"P":"s"},"b":[{"P":"s"}]}',
  'a value that is the name': '{"a":"P","b":"s"}',
  'a value that looks like a member': String.raw`{"a":"\",\"P\":\"s"}`,
  'a value after a nested object that is unbalanced inside a string': '{"a":{"b":"}"},"c":["]"],"d":"P"}',
  'a number, a null and an object': '{"P":1,"x":null,"P":{"P":"s"}}',
  'a string with an escape': String.raw`{"P":"a\/b"}`,
  'a name with an escape': String.raw`{"\u0050":"s"}`,
  'an unfinished string': '{"P":"s',
  'an unfinished escape': '{"P":"s\\',
  nothing: '',
}

for (const [name, document] of Object.entries(LEFT_ALONE)) {
  test(`leaves alone ${name}`, () => assert.deepEqual(excise(document, 'P'), { rest: document, strings: {} }))
}

test('of two members of one name only the first is cut, so that the parser still sees both', () => {
  assert.deepEqual(excise('{"P":"a","P":"b"}', 'P'), { rest: '{"P":"","P":"b"}', strings: { P: 'a' } })
})

test('what is cut and what is left make up the document', () => {
  const value = fc.oneof(fc.string({ unit: 'binary', maxLength: 20 }), fc.jsonValue({ maxDepth: 3 }))
  const object = fc.dictionary(fc.constantFrom('P', 'Q', 'a', '"', '\\', 'é'), value, { maxKeys: 6 })
  fc.assert(
    fc.property(object, fc.constantFrom(undefined, 1, '\t'), (source, space) => {
      const { rest, strings } = excise(JSON.stringify(source, undefined, space), 'P', 'Q')
      const parsed = parseJson(new TextEncoder().encode(rest)) as Record<string, unknown>
      for (const [name, cut] of Object.entries(strings)) {
        assert.equal(parsed[name], '')
        parsed[name] = cut
      }
      assert.deepEqual(JSON.stringify(parsed), JSON.stringify(source))
      for (const name of ['P', 'Q'].filter((one) => typeof source[one] === 'string')) {
        const isPlain = JSON.stringify(source[name]) === `"${String(source[name])}"`
        assert.equal(name in strings, isPlain)
      }
    }),
    { numRuns: 2000 },
  )
})
