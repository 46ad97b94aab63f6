import { hash } from 'node:crypto'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { SHARE_BYTES, isSound } from './share.ts'

/**
 * A share in words of the English list of BIP-39, in rows that each have a checksum: who copies a row wrongly learns which. The
 * words are strings, which cannot be wiped.
 */

/** What is wrong with words. Rows and words are counted from 1; nothing of the words themselves is in it. */
export type WordsFault =
  | { fault: 'number'; found: number }
  | { fault: 'unknown'; words: number[] }
  | { fault: 'rows'; rows: RowFault[] }
  | { fault: 'whole' }

/** A row that does not match its checksum, and the only word of it that can be the wrong one, where that is known. */
export interface RowFault {
  row: number
  word?: number
}

export const WORDS_IN_ROW = 6
const ROW_BYTES = 7
const ROWS = SHARE_BYTES / ROW_BYTES
/** The number of words of a share. */
export const SHARE_WORDS = ROWS * WORDS_IN_ROW
const WORD_BITS = 11
/** 66 bits of words, less 56 of the share. */
const CHECKSUM_BITS = BigInt(WORDS_IN_ROW * WORD_BITS - ROW_BYTES * 8)
/** A word that its reader cannot read. */
const UNREADABLE = -1
/** Rows to combine, when some were mended: 2 to 12 of each row that lacks a word fit its checksum. */
const MAX_COMBINATIONS = 100_000

/** No two words of the list begin with the same four letters (BIP-39), so that the rest need not be written. */
const NUMBERS = new Map(
  wordlist.flatMap((word, number) => [[word, number] as const, [word.slice(0, 4), number] as const]),
)

/** The rows of words of a share's bytes. */
export function wordsOf(bytes: Uint8Array): string[][] {
  return Array.from({ length: ROWS }, (_, row) =>
    numbersOf(bytes.subarray(row * ROW_BYTES, (row + 1) * ROW_BYTES), row).map((number) => wordlist[number] ?? ''),
  )
}

/**
 * The bytes of words, which the caller wipes. Their numbers, dots and line breaks do not matter, nor does case. A `?` is a word
 * that cannot be read: one in each row is found by the checksums.
 */
export function parseWords(text: string): Uint8Array | WordsFault {
  const words = text.toLowerCase().match(/[a-z]+|\?/g) ?? []
  if (words.length !== SHARE_WORDS) return { fault: 'number', found: words.length }
  const numbers = words.map((word) => (word === '?' ? UNREADABLE : NUMBERS.get(word)))
  const unknown = numbers.flatMap((number, index) => (number === undefined ? [index + 1] : []))
  if (unknown.length > 0) return { fault: 'unknown', words: unknown }
  const rows = Array.from({ length: ROWS }, (_, row) =>
    numbers.slice(row * WORDS_IN_ROW, (row + 1) * WORDS_IN_ROW).map((number) => number ?? UNREADABLE),
  )
  return fromRows(rows)
}

function fromRows(rows: readonly (readonly number[])[]): Uint8Array | WordsFault {
  const readings = rows.map(readingsOf)
  const faults = readings.flatMap((found, row) => (found.length > 0 ? [] : [row]))
  if (faults.length > 1) return { fault: 'rows', rows: faults.map((row) => ({ row: row + 1 })) }
  const sound = firstSound(readings)
  if (sound !== undefined) return sound
  const [faulty] = faults
  if (faulty !== undefined) return { fault: 'rows', rows: [{ row: faulty + 1, ...wrongWord(rows, readings, faulty) }] }
  // A wrong word in 1,024 matches the checksum of its row.
  const found = rows.map((_, row) => ({ row: row + 1, ...wrongWord(rows, readings, row) }))
  const named = found.filter(({ word }) => word !== undefined)
  return named.length > 0 ? { fault: 'rows', rows: named } : { fault: 'whole' }
}

/** What a row can read, each with its checksum: one reading, or a few if one of its words is unreadable. */
function readingsOf(numbers: readonly number[], row: number): Uint8Array[] {
  const gap = numbers.indexOf(UNREADABLE)
  if (gap < 0) return bytesOf(numbers, row) ?? []
  if (numbers.includes(UNREADABLE, gap + 1)) return []
  return wordlist.flatMap((_, number) => bytesOf(numbers.with(gap, number), row) ?? [])
}

/** Which word of a row is wrong, if it is one, and every other row is sound: the checksum of the share decides. */
function wrongWord(
  rows: readonly (readonly number[])[],
  readings: readonly (readonly Uint8Array[])[],
  row: number,
): { word?: number } {
  const numbers = rows[row] ?? []
  if (numbers.includes(UNREADABLE)) return {}
  const suspects = numbers.flatMap((_, word) => {
    const guesses = readingsOf(numbers.with(word, UNREADABLE), row)
    return firstSound(readings.with(row, guesses)) === undefined ? [] : [row * WORDS_IN_ROW + word + 1]
  })
  const [word] = suspects
  return word === undefined || suspects.length > 1 ? {} : { word }
}

/** The first combination of the rows' readings that is a sound share. */
function firstSound(readings: readonly (readonly Uint8Array[])[]): Uint8Array | undefined {
  const combinations = readings.reduce((product, found) => product * found.length, 1)
  for (let combination = 0; combination < Math.min(combinations, MAX_COMBINATIONS); combination++) {
    let rest = combination
    const rows = readings.map((found) => {
      const reading = found[rest % found.length]
      rest = Math.floor(rest / found.length)
      return reading ?? new Uint8Array()
    })
    const bytes = Buffer.concat(rows)
    if (isSound(bytes)) return bytes
    bytes.fill(0)
  }
  return undefined
}

/** Splits a row's bytes with its checksum behind them into numbers of 11 bits, as BIP-39 does. */
function numbersOf(bytes: Uint8Array, row: number): number[] {
  const bits = (BigInt(`0x${Buffer.from(bytes).toString('hex')}`) << CHECKSUM_BITS) | checksumOf(bytes, row)
  return Array.from({ length: WORDS_IN_ROW }, (_, word) => {
    const below = BigInt((WORDS_IN_ROW - 1 - word) * WORD_BITS)
    return Number((bits >> below) & 0x7ffn)
  })
}

/** The bytes of a row in a list of its own, or `undefined` if the row does not match its checksum. */
function bytesOf(numbers: readonly number[], row: number): [Uint8Array] | undefined {
  const bits = numbers.reduce((high, number) => (high << BigInt(WORD_BITS)) | BigInt(number), 0n)
  const bytes = Buffer.from((bits >> CHECKSUM_BITS).toString(16).padStart(ROW_BYTES * 2, '0'), 'hex')
  return (bits & ((1n << CHECKSUM_BITS) - 1n)) === checksumOf(bytes, row) ? [bytes] : undefined
}

/** The first 10 bits of SHA-256 over the row's number, from 1, and its bytes: rows cannot change places. */
function checksumOf(bytes: Uint8Array, row: number): bigint {
  const digest = hash('sha256', Buffer.concat([Buffer.from([row + 1]), bytes]), 'buffer')
  return BigInt(digest.readUInt16BE(0)) >> (16n - CHECKSUM_BITS)
}
