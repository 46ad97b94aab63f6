import { hash } from 'node:crypto'
import { fixedBytes, Secret } from '@keyhold/protocol'
import { equalInConstantTime } from '../../crypto/constant-time.ts'
import { ROOT_KEY_BYTES } from './keyed-root.ts'
import type { RootGeneration, RootSecret } from './root.ts'

/** More than a root of {@link MAX_GENERATIONS} generations has; anything longer is not a root text. */
export const MAX_ROOT_TEXT_BYTES = 1024
/** A rotation needs two. */
const MAX_GENERATIONS = 8

/** A root, or why its text cannot be used. */
export type ParsedRootText = RootSecret | 'damaged' | 'unsupported'

const VERSION_LINE = /^keyhold-root ([1-9][0-9]{0,8})$/
const ID_LINE = /^id ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/
const GENERATION_LINE = /^generation ([1-9][0-9]{0,8})$/
const KEY_NAME = Buffer.from('key ')
const HEX_DIGITS = Buffer.from('0123456789abcdef')

/**
 * Encodes a root as text (docs/spec/root-file.md): version 1 for one generation, version 2 for several, newest first. The
 * caller wipes the result. The key never becomes a JavaScript string, which cannot be wiped.
 */
export function encodeRootText({ id, generation, key, older = [] }: RootSecret): Buffer {
  const generations = [{ generation, key }, ...older]
  if (generations.length > MAX_GENERATIONS) throw new Error(`a root has at most ${MAX_GENERATIONS} generations`)
  const head = Buffer.from(`keyhold-root ${older.length === 0 ? 1 : 2}\nid ${id}\n`)
  const lines = generations.map(encodeGeneration)
  const covered = Buffer.concat([head, ...lines])
  const text = Buffer.concat([covered, Buffer.from(checksumLine(covered))])
  for (const bytes of [covered, ...lines]) bytes.fill(0)
  return text
}

/**
 * Parses a root's text, or returns why it cannot be used. The checksum detects accidents, not attacks: anyone who can
 * write the text can recompute it.
 */
export function parseRootText(text: Uint8Array): ParsedRootText {
  const lines = splitLines(text)
  const version = VERSION_LINE.exec(textOf(lines[0]))?.[1]
  if (version === undefined) return 'damaged'
  if (version !== '1' && version !== '2') return 'unsupported'
  const [checksum, end] = lines.slice(-2)
  if (checksum === undefined || end?.byteLength !== 0) return 'damaged'
  const covered = text.subarray(0, checksum.byteOffset - text.byteOffset)
  if (!equalInConstantTime(text.subarray(covered.byteLength), Buffer.from(checksumLine(covered)))) return 'damaged'
  const id = ID_LINE.exec(textOf(lines[1]))?.[1]
  const generations = readGenerations(lines.slice(2, -2))
  const [newest, ...older] = generations ?? []
  if (id === undefined || newest === undefined || (version === '1') !== (older.length === 0)) return 'damaged'
  return { id, ...newest, ...(older.length > 0 && { older }) }
}

function encodeGeneration({ generation, key }: RootGeneration): Buffer {
  const head = Buffer.from(`generation ${generation}\n${KEY_NAME.toString()}`)
  const lines = Buffer.concat([head, Buffer.alloc(ROOT_KEY_BYTES * 2), Buffer.from('\n')])
  writeHex(key.reveal(), lines.subarray(head.byteLength))
  return lines
}

/** Pairs of lines, newest generation first; `undefined` if any of them is not. */
function readGenerations(lines: readonly Uint8Array[]): RootGeneration[] | undefined {
  if (lines.length % 2 !== 0 || lines.length > MAX_GENERATIONS * 2) return undefined
  const generations: RootGeneration[] = []
  for (let index = 0; index < lines.length; index += 2) {
    const generation = Number(GENERATION_LINE.exec(textOf(lines[index]))?.[1])
    const key = readKey(lines[index + 1])
    const before = generations.at(-1)?.generation ?? Infinity
    if (key === undefined || !(generation < before)) {
      for (const one of generations) one.key.wipe()
      key?.wipe()
      return undefined
    }
    generations.push({ generation, key })
  }
  return generations
}

function readKey(line: Uint8Array = new Uint8Array()): Secret | undefined {
  const named = equalInConstantTime(line.subarray(0, KEY_NAME.byteLength), KEY_NAME)
  const key = readHex(line.subarray(KEY_NAME.byteLength))
  return named && key?.byteLength === ROOT_KEY_BYTES ? Secret.of(key) : undefined
}

/** Splits bytes at line feeds; the last element is what follows the last of them. */
function splitLines(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = []
  let start = 0
  for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, start)) {
    lines.push(bytes.subarray(start, end))
    start = end + 1
  }
  return [...lines, bytes.subarray(start)]
}

function checksumLine(covered: Uint8Array): string {
  return `checksum ${hash('sha256', covered)}\n`
}

function textOf(line: Uint8Array = new Uint8Array()): string {
  return Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('latin1')
}

function writeHex(bytes: Uint8Array, target: Uint8Array): void {
  bytes.forEach((byte, index) => {
    target[index * 2] = HEX_DIGITS[byte >> 4] ?? 0
    target[index * 2 + 1] = HEX_DIGITS[byte & 15] ?? 0
  })
}

function readHex(digits: Uint8Array): Uint8Array | undefined {
  if (digits.byteLength % 2 !== 0) return undefined
  const bytes = fixedBytes(digits.byteLength >> 1)
  for (const [index, digit] of digits.entries()) {
    const value = HEX_DIGITS.indexOf(digit)
    if (value < 0) return undefined
    bytes[index >> 1] = ((bytes[index >> 1] ?? 0) << 4) | value
  }
  return bytes
}
