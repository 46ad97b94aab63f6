import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { Secret } from '@keyhold/protocol'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import fc from 'fast-check'
import { encodeLine, findLine } from '../../../../../src/vault/root/ways/shares/line.ts'
import { readShare } from '../../../../../src/vault/root/ways/shares/read.ts'
import { encodeShare, parseShare, type Share } from '../../../../../src/vault/root/ways/shares/share.ts'
import { parseWords, wordsOf } from '../../../../../src/vault/root/ways/shares/words.ts'
import { draws } from '../../../../../../../tools/testing/draws.ts'

/** Any share. */
const shares = fc
  .record({ index: fc.integer({ min: 1, max: 5 }), byte: fc.integer({ min: 0, max: 255 }) })
  .map(anyShare)
const places = fc.integer({ min: 0, max: 47 })

function anyShare({ index, byte }: { index: number; byte: number }): Share {
  const values = randomBytes(32).fill(byte, 0, 1)
  const point = Secret.of(Buffer.concat([values, Buffer.of(1 + (byte % 255))]))
  const check = randomBytes(7).toString('hex')
  return { root: '6f1d3c52', set: '00ff1122', index, threshold: 3, count: 5, point, check }
}

/** What tests compare. */
function factsOf(share: Share | string): unknown {
  if (typeof share === 'string') return share
  return { ...share, point: Buffer.from(share.point.reveal()).toString('hex') }
}

function wordsIn(share: Share): string[] {
  return wordsOf(encodeShare(share)).flat()
}

test('a share is read from its words and from its line, however they are written', () => {
  const property = fc.property(shares, (share) => {
    const [bytes, words, facts] = [encodeShare(share), wordsIn(share), factsOf(share)]
    const line = encodeLine(bytes)
    const forms = [
      words.join(' '),
      words.map((word, index) => `${index + 1}. ${word.toUpperCase()}\r\n`).join(''),
      words.map((word) => word.slice(0, 4)).join('\n'),
      line,
      `<p>${line.toLowerCase()}</p>`,
      `Keep this apart.\n\n${line}\n\n${words.join(' ')}`,
    ]
    for (const form of forms) assert.deepEqual(factsOf(readShare(form)), facts)
  })
  fc.assert(property, { numRuns: 20 })
})

test('every bit of a share that flips is noticed', () => {
  const bytes = encodeShare(anyShare({ index: 2, byte: 7 }))
  for (let bit = 0; bit < bytes.byteLength * 8; bit++) {
    const flipped = Buffer.from(bytes)
    flipped[bit >> 3]! ^= 1 << (bit & 7)
    assert.equal(parseShare(flipped), 'damaged', `bit ${bit}`)
    assert.equal(readShare(encodeLine(flipped)), 'is damaged: it does not match its checksum')
  }
})

test('a line that is cut, lengthened, or has bits behind its end, is damaged', () => {
  const line = encodeLine(encodeShare(anyShare({ index: 1, byte: 7 })))
  const last = line.at(-1)!
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const beyond = line.slice(0, -1) + alphabet[alphabet.indexOf(last) | 1]!
  for (const damaged of [line.slice(0, -1), `${line}A`, beyond]) assert.equal(findLine(damaged), 'damaged')
  assert.equal(findLine(line.replace('KEYHOLD', 'KEYHELD')), undefined)
})

test('a wrong word is found, and nothing of it or of the others is said', () => {
  const property = fc.property(shares, places, fc.integer({ min: 1, max: 2047 }), (share, place, step) => {
    const words = wordsIn(share)
    const wrong = wordlist[(wordlist.indexOf(words[place]!) + step) % wordlist.length]!
    assert.equal(
      readShare(words.with(place, wrong).join(' ')),
      `is damaged: word ${place + 1} (row ${Math.floor(place / 6) + 1}) is wrong; write ? in its place, and it is found`,
    )
  })
  fc.assert(property, { numRuns: draws(24) })
})

test('one unreadable word in every row is found', () => {
  const property = fc.property(
    shares,
    fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 8, maxLength: 8 }),
    (share, gaps) => {
      const words = wordsOf(encodeShare(share)).map((row, at) => row.with(gaps[at]!, '?'))
      assert.deepEqual(factsOf(readShare(words.join(' ').replaceAll(',', ' '))), factsOf(share))
    },
  )
  fc.assert(property, { numRuns: draws(12) })
})

test('two unreadable words in a row, and words of two shares, are damage with a name', () => {
  const [one, other] = [1, 2].map((index) => wordsIn(anyShare({ index, byte: index })))
  assert(one && other)
  assert.equal(readShare(one.with(6, '?').with(8, '?').join(' ')), 'is damaged: row 2 (words 7 to 12) has a wrong word')
  assert.match(String(readShare([...one.slice(0, 24), ...other.slice(24)].join(' '))), /rows of two shares are mixed/)
  const swapped = [...one.slice(6, 12), ...one.slice(0, 6), ...one.slice(12)]
  assert.match(String(readShare(swapped.join(' '))), /row 1 \(words 1 to 6\) has a wrong word; row 2/)
})

test('what is no share says so', () => {
  assert.match(String(readShare('')), /neither the line of one nor its 48 words \(0 words were found\)/)
  const words = wordsIn(anyShare({ index: 1, byte: 1 }))
  assert.match(String(readShare(words.slice(1).join(' '))), /47 words were found/)
  assert.equal(
    readShare(words.with(13, 'keyhold').with(20, 'aban').with(21, 'abandonn').join(' ')),
    'is damaged: word 14 (row 3) and word 22 (row 4) are not in the list of words',
  )
})

test('numbers that no set has are refused, although the checksum is right', () => {
  const sound = anyShare({ index: 1, byte: 1 })
  const wrong: Partial<Share>[] = [
    { index: 0 },
    { index: 6 },
    { threshold: 1 },
    { threshold: 6 },
    { count: 33 },
    { point: Secret.of(Buffer.alloc(33)) },
  ]
  for (const change of wrong) assert.equal(parseShare(encodeShare({ ...sound, ...change })), 'damaged')
  assert.notEqual(parseShare(encodeShare(sound)), 'damaged')
})

test('a list of words has no two with the same first four letters', () => {
  assert.equal(new Set(wordlist.map((word) => word.slice(0, 4))).size, 2048)
  assert.equal(parseWords('zoo '.repeat(48)) instanceof Uint8Array, false)
})
