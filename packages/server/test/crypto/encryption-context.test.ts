import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalContext, contextBytes } from '../../src/crypto/encryption-context.ts'
import type { EncryptionContext } from '../../src/crypto/encryption-context.ts'
import { referenceCanonical } from '../support/reference-ciphertext.ts'

interface Vector {
  name: string
  context: Record<string, string>
  canonical: string
}

const file = new URL('../../../../vectors/encryption-context/version-1.json', import.meta.url)
const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: Vector[] }

/** Well-formed text of every kind, including names of Object.prototype. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom('', '__proto__', 'toString', '10', '9'),
)
const pairs = fc.uniqueArray(fc.tuple(text, text), { maxLength: 6, selector: ([name]) => name })

for (const { name, context, canonical } of vectors) {
  test(`vector: ${name}`, () => {
    assert.equal(hex(context), canonical)
    assert.equal(Buffer.from(referenceCanonical(context)).toString('hex'), canonical)
  })
}

test('all vectors differ from each other', () => {
  assert.equal(new Set(vectors.map(({ canonical }) => canonical)).size, vectors.length)
})

test('the order of the pairs makes no difference', () => {
  fc.assert(
    fc.property(
      pairs.chain((given) => fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length }))),
      ([given, shuffled]) => assert.equal(hex(contextOf(given)), hex(contextOf(shuffled))),
    ),
    { numRuns: 2000 },
  )
})

test('two contexts have the same canonical form only if they have the same pairs', () => {
  const sorted = (given: [string, string][]): string => JSON.stringify(given.toSorted(([a], [b]) => (a < b ? -1 : 1)))
  fc.assert(
    fc.property(pairs, pairs, (left, right) =>
      assert.equal(hex(contextOf(left)) === hex(contextOf(right)), sorted(left) === sorted(right)),
    ),
    { numRuns: 5000 },
  )
})

test('moving one character anywhere changes the canonical form', () => {
  const short = fc.string({ unit: fc.constantFrom('a', 'b', ''), minLength: 0, maxLength: 3 })
  fc.assert(
    fc.property(short, short, short, short, (a, b, c, d) => {
      if (a === c && b === d) return
      assert.notEqual(hex({ [a]: b }), hex({ [c]: d }))
    }),
    { numRuns: 2000 },
  )
})

test('agrees with the second implementation for every context', () => {
  fc.assert(
    fc.property(pairs, (given) => {
      const context = contextOf(given)
      assert.equal(hex(context), Buffer.from(referenceCanonical(context)).toString('hex'))
    }),
    { numRuns: 2000 },
  )
})

test('a lone surrogate is refused, because it would become another character', () => {
  assert.throws(() => canonicalContext({ '\ud800': 'a' }), TypeError)
  assert.throws(() => canonicalContext({ a: 'b\udc00' }), TypeError)
})

test('names and values are counted in UTF-8 bytes', () => {
  assert.equal(contextBytes({}), 0)
  assert.equal(contextBytes({ a: 'bc', é: '\u{1f511}' }), 9)
})

function contextOf(given: readonly (readonly [string, string])[]): EncryptionContext {
  const context = Object.create(null) as Record<string, string>
  for (const [name, value] of given) context[name] = value
  return context
}

function hex(context: EncryptionContext): string {
  return Buffer.from(canonicalContext(context)).toString('hex')
}
