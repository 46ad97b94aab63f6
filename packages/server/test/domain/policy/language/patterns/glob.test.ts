import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Glob, type Text } from '../../../../../src/domain/policy/language/patterns/glob.ts'
import { isConstant, parseTemplate } from '../../../../../src/domain/policy/language/patterns/template.ts'
import { Work, WORK_LIMIT } from '../../../../../src/domain/policy/language/patterns/work.ts'

function glob(pattern: string): Glob {
  const template = parseTemplate(pattern, { variables: false, wildcards: true })
  assert.ok(template && isConstant(template))
  return new Glob(template)
}

/** The definition, by recursion: slow, and nothing else. */
function naive(pattern: string, text: string): boolean {
  if (pattern === '') return text === ''
  const rest = pattern.slice(1)
  if (pattern.startsWith('*')) return naive(rest, text) || (text !== '' && naive(pattern, text.slice(1)))
  return text !== '' && (pattern.startsWith('?') || pattern.charAt(0) === text.charAt(0)) && naive(rest, text.slice(1))
}

/** A text that counts how many of its characters are looked at. */
class CountingText implements Text {
  readonly #text: string
  looks = 0

  constructor(text: string) {
    this.#text = text
  }

  get length(): number {
    return this.#text.length
  }

  charCodeAt(index: number): number {
    this.looks += 1
    return this.#text.charCodeAt(index)
  }

  startsWith(search: string, position?: number): boolean {
    this.looks += search.length
    return this.#text.startsWith(search, position)
  }
}

test('a pattern without wildcards is the text itself, and case matters', () => {
  assert.ok(glob('abc').matches('abc', new Work()))
  for (const other of ['', 'ab', 'abcd', 'xabc', 'Abc', 'abC']) assert.ok(!glob('abc').matches(other, new Work()))
})

test('a star is any text, also none, and a question mark exactly one character', () => {
  const cases: [string, string, boolean][] = [
    ['*', '', true],
    ['*', 'anything:at/all', true],
    ['a*', 'a', true],
    ['a*', 'ba', false],
    ['*a', 'bca', true],
    ['a*b*c', 'a/b/b/c', true],
    ['a*b*c', 'acb', false],
    ['a*a', 'a', false],
    ['ab*ba', 'aba', false],
    ['?', '', false],
    ['?', 'a', true],
    ['?', 'ab', false],
    ['a?c', 'abc', true],
    ['*?', '', false],
    ['*?b?*', 'aabb', true],
    ['**a**', 'xax', true],
    ['*a?b*', 'aab', true],
    ['*a?b*', 'ab', false],
  ]
  for (const [pattern, text, expected] of cases)
    assert.equal(glob(pattern).matches(text, new Work()), expected, `${pattern} on ${text}`)
})

test('every pattern matches what its definition says', () => {
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 9 })
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 9 })
  fc.assert(
    fc.property(pattern, text, (pattern, text) => {
      assert.equal(glob(pattern).matches(text, new Work()), naive(pattern, text))
    }),
    { numRuns: 3000 },
  )
})

test('only the given part of a text is looked at', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 5 })
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 6 })
  fc.assert(
    fc.property(pattern, text, text, text, (pattern, before, part, behind) => {
      const whole = before + part + behind
      const matched = glob(pattern).matches(whole, new Work(), before.length, before.length + part.length)
      assert.equal(matched, naive(pattern, part))
    }),
  )
})

test('the meter counts at least every character that a search looks at', () => {
  const unit = fc.constantFrom('a', 'a', 'a', 'b', '*', '?')
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 60 }), fc.string({ unit, maxLength: 200 }), (pattern, text) => {
      const [work, counting] = [new Work(), new CountingText(text)]
      glob(pattern).matches(counting, work)
      assert.ok(counting.looks <= work.spent + pattern.length, `${counting.looks} looks, ${work.spent} metered`)
    }),
  )
})

test('hostile patterns end within the limit, and then match nothing', () => {
  const text = 'a'.repeat(32_768)
  const patterns = [
    '*a'.repeat(10_000) + '*b',
    '*a'.repeat(10_000) + 'b*',
    `*${'a'.repeat(16_000)}b*`,
    `*${'a?'.repeat(8_000)}b*`,
    '*?'.repeat(10_000) + '*b*',
  ]
  for (const pattern of patterns) {
    const [work, counting] = [new Work(), new CountingText(text)]
    assert.equal(glob(pattern).matches(counting, work), false)
    assert.ok(counting.looks <= WORK_LIMIT + pattern.length, `${counting.looks} looks`)
  }
})

test('what would match does not once the work is exhausted', () => {
  const work = new Work(10)
  assert.ok(glob('*b*').matches('aaaab', work))
  assert.ok(!glob('*b*').matches('aaaab', work))
  assert.ok(work.exhausted)
})
