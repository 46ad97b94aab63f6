import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decide } from '../../../src/domain/policy/decide.ts'
import { fakePolicy } from './support/fake-policy.ts'
import { ALL_WORDS, PRINCIPALS, requestOf, worldOf } from './support/world.ts'

/** Words that replace the resource itself: they may stand only first. */
const RESOURCES = ['no-policy', 'missing', 'unknown', 'unnamed', 'nowhere']
const DOCUMENTS = ALL_WORDS.filter((word) => !RESOURCES.includes(word))
const DENIES = DOCUMENTS.filter((word) => word.endsWith('-denies'))
const ALLOWS = DOCUMENTS.filter((word) => /^(names|grant)-|-allows$/.test(word))

const who = fc.constantFrom(...Object.keys(PRINCIPALS))
const words = fc
  .tuple(fc.constantFrom('', ...RESOURCES), fc.array(fc.constantFrom(...DOCUMENTS), { maxLength: 8 }))
  .map(([resource, documents]) => (resource === '' ? documents : [resource, ...documents]))

function outcome(principal: string, list: readonly string[]): { allowed: boolean; reason: string } {
  return decide(requestOf(worldOf(principal, list), fakePolicy))
}

function holds(check: (principal: string, list: string[], place: number) => void): void {
  fc.assert(fc.property(who, words, fc.nat(), check), { numRuns: 5000 })
}

test('adding a deny never turns a refusal into an allow', () => {
  holds((principal, list, place) => {
    fc.pre(!outcome(principal, list).allowed)
    // A boundary is one document: a new one would replace the old one, which is no addition.
    const additional = DENIES.filter((word) => word !== 'boundary-denies')
    const deny = additional[place % additional.length] ?? ''
    assert.ok(!outcome(principal, [...list, deny]).allowed)
  })
})

test('removing an allow never turns a refusal into an allow', () => {
  holds((principal, list, place) => {
    fc.pre(!outcome(principal, list).allowed)
    // Removing the last document of a layer that limits would remove the limit.
    const removable = list.flatMap((word, index) =>
      /^(names|grant|identity)-/.test(word) && ALLOWS.includes(word) ? [index] : [],
    )
    const removed = removable[place % Math.max(1, removable.length)]
    fc.pre(removed !== undefined)
    assert.ok(!outcome(principal, list.toSpliced(removed ?? 0, 1)).allowed)
  })
})

test('emptying a layer that limits never turns a refusal into an allow', () => {
  holds((principal, list) => {
    fc.pre(!outcome(principal, list).allowed)
    const silent = list.map((word) => word.replace(/^(boundary|session)-allows$/, '$1-silent'))
    assert.ok(!outcome(principal, silent).allowed)
  })
})

test('a deny that applies is final: no grant and no other document overrides it', () => {
  holds((principal, list, place) => {
    fc.pre(outcome(principal, list).reason.startsWith('denied-by-'))
    const allow = ALLOWS.filter((word) => word !== 'boundary-allows')[place % (ALLOWS.length - 1)] ?? ''
    assert.ok(outcome(principal, [...list, allow]).reason.startsWith('denied-by-'))
  })
})

test('the order of policies, statements and grants is irrelevant', () => {
  const isBoundary = (word: string): boolean => word.startsWith('boundary-') || RESOURCES.includes(word)
  holds((principal, list, place) => {
    const kept = list.filter(isBoundary)
    const moved = list.filter((word) => !isBoundary(word))
    const turned = [...moved.slice(place % (moved.length + 1)), ...moved.slice(0, place % (moved.length + 1))]
    const { allowed, reason } = outcome(principal, [...kept, ...moved])
    for (const other of [turned, moved.toReversed()]) {
      const again = outcome(principal, [...kept, ...other])
      assert.deepEqual({ allowed: again.allowed, reason: again.reason }, { allowed, reason })
    }
  })
})
