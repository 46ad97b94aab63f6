import { createHash } from 'node:crypto'
import { Failure } from './failure.ts'
import { isEqual, kdf } from './seals.ts'
import { bindingOf, type Way } from './ways.ts'
import { NUMBERS } from './words.ts'

/** A recovery share (docs/spec/recovery-shares.md). */
interface Share {
  index: number
  threshold: number
  root: string
  set: string
  values: Buffer
  x: number
}

const LINE = /KEYHOLD-SHARE-1:([A-Z2-7]{90})/i
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const SHARE_BYTES = 56
const COVERED_BYTES = 52
const WORDS = 48
const WORDS_IN_ROW = 6
const SECRET_BYTES = 32

/** A text that holds a share, and where it is from. */
export interface ShareText {
  from: string
  text: string
}

/** The way key of a way of the kind `shares`. Throws {@link Failure} that says which share is wrong. */
export function wayKeyOf(way: Way, texts: readonly ShareText[]): Buffer {
  const key = keyOfShares(texts, way)
  const check = kdf(key, 'keyhold/recovery-shares/check', bindingOf(way)).subarray(0, 7)
  if (check.toString('hex') === way.parameters['check']) return key
  throw new Failure('The shares do not combine to the key of the way: one of them, or the way, was changed.')
}

/**
 * What shares combine to. Without a way, as before a backup is open, shares of several sets are refused, and that the result is the
 * key of a recipient is all that shows whether it is right.
 */
export function keyOfShares(texts: readonly ShareText[], way?: Pick<Way, 'rootId' | 'id'>): Buffer {
  const read = texts.map(({ from, text }) => ({ from, ...parseShare(from, text) }))
  const [first] = read
  const wanted = { root: way?.rootId.slice(0, 8) ?? first?.root, set: way?.id.slice(0, 8) ?? first?.set }
  for (const { from, root, set } of read) {
    if (root !== wanted.root) throw new Failure(`${from} is a share of another root.`)
    if (set !== wanted.set) throw new Failure(`${from} is a share of another set.`)
  }
  const shares = new Map(read.map((share) => [share.index, share]))
  const threshold = first?.threshold ?? 0
  if (shares.size < threshold) throw new Failure(`It takes ${threshold} shares, and ${shares.size} were given.`)
  return combine([...shares.values()].slice(0, threshold))
}

function parseShare(from: string, text: string): Share {
  const line = LINE.exec(text)?.[1]
  const bytes = line === undefined ? fromWords(from, text) : fromBase32(line.toUpperCase())
  const checksum = createHash('sha256').update(bytes.subarray(0, COVERED_BYTES)).digest().subarray(0, 4)
  if (bytes[0] !== 1 || !isEqual(checksum, bytes.subarray(COVERED_BYTES))) {
    throw new Failure(`${from} is damaged: it does not match its checksum.`)
  }
  const [, index = 0, threshold = 0] = bytes
  const [root, set] = [bytes.toString('hex', 4, 8), bytes.toString('hex', 8, 12)]
  return { index, threshold, root, set, values: bytes.subarray(12, 44), x: bytes[44] ?? 0 }
}

function fromBase32(digits: string): Buffer {
  const bits = Array.from(digits, (digit) => BASE32.indexOf(digit).toString(2).padStart(5, '0')).join('')
  return Buffer.from((bits.slice(0, SHARE_BYTES * 8).match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
}

/** Rows of six words: 56 bits of the share and 10 of a checksum, in numbers of 11 bits. */
function fromWords(from: string, text: string): Buffer {
  const words = text.toLowerCase().match(/[a-z]+/g) ?? []
  if (words.length !== WORDS) throw new Failure(`${from} is no share: it has neither its line nor ${WORDS} words.`)
  const rows = Array.from({ length: WORDS / WORDS_IN_ROW }, (_, row) => {
    const numbers = words
      .slice(row * WORDS_IN_ROW, (row + 1) * WORDS_IN_ROW)
      .map((word) => NUMBERS.get(word.slice(0, 4)))
    const bits = numbers.reduce((high, number = 0) => (high << 11n) | BigInt(number), 0n)
    const bytes = Buffer.from((bits >> 10n).toString(16).padStart(14, '0'), 'hex')
    const digest = createHash('sha256')
      .update(Buffer.concat([Uint8Array.of(row + 1), bytes]))
      .digest()
    const isSound = !numbers.includes(undefined) && BigInt(digest.readUInt16BE() >> 6) === (bits & 0x3ffn)
    if (!isSound) throw new Failure(`${from} is damaged: row ${row + 1} has a wrong word.`)
    return bytes
  })
  return Buffer.concat(rows)
}

/** Lagrange's interpolation at 0, byte by byte. */
function combine(shares: readonly Share[]): Buffer {
  const factors = shares.map(({ x }) =>
    shares
      .filter((other) => other.x !== x)
      .reduce((product, other) => multiply(product, divide(other.x, other.x ^ x)), 1),
  )
  return Buffer.from(
    Array.from({ length: SECRET_BYTES }, (_, at) =>
      shares.reduce((sum, { values }, index) => sum ^ multiply(values[at] ?? 0, factors[index] ?? 0), 0),
    ),
  )
}

/** Of polynomials over GF(2) modulo x⁸ + x⁴ + x³ + x + 1 (FIPS 197, section 4). */
function multiply(a: number, b: number): number {
  let product = 0
  for (let bit = 0; bit < 8; bit += 1) {
    if ((b >> bit) & 1) product ^= a
    a = (a << 1) ^ (a & 0x80 ? 0x11b : 0)
  }
  return product
}

function divide(a: number, b: number): number {
  let inverse = 1
  for (let power = 0; power < 254; power += 1) inverse = multiply(inverse, b)
  return multiply(a, inverse)
}
