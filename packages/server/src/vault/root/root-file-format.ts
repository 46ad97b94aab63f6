import { hash } from 'node:crypto'
import { Secret } from '@keyhold/protocol'
import { equalInConstantTime } from '../../crypto/constant-time.ts'
import { ROOT_KEY_BYTES } from './keyed-root.ts'
import type { RootSecret } from './root.ts'

/** A valid file has about 230 bytes; anything longer is not a root file. */
export const MAX_ROOT_FILE_BYTES = 1024

/** The content of a root file, or why it cannot be used. */
export type ParsedRootFile = RootSecret | 'damaged' | 'unsupported'

const VERSION_LINE = /^keyhold-root ([1-9][0-9]{0,8})$/
const ID_LINE = /^id ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/
const GENERATION_LINE = /^generation ([1-9][0-9]{0,8})$/
const KEY_NAME = Buffer.from('key ')
const HEX_DIGITS = Buffer.from('0123456789abcdef')

/**
 * Encodes a root file (docs/spec/root-file.md). The caller wipes the result. The key never becomes a JavaScript string,
 * which cannot be wiped.
 */
export function encodeRootFile({ id, generation, key }: RootSecret): Buffer {
  const head = Buffer.from(`keyhold-root 1\nid ${id}\ngeneration ${generation}\n`)
  const covered = Buffer.concat([head, KEY_NAME, Buffer.alloc(ROOT_KEY_BYTES * 2), Buffer.from('\n')])
  writeHex(key.reveal(), covered.subarray(head.byteLength + KEY_NAME.byteLength))
  const file = Buffer.concat([covered, Buffer.from(checksumLine(covered))])
  covered.fill(0)
  return file
}

/**
 * Parses a root file, or returns why it cannot be used. The checksum detects accidents, not attacks: anyone who can
 * write the file can recompute it.
 */
export function parseRootFile(file: Uint8Array): ParsedRootFile {
  const [versionLine, idLine, generationLine, keyLine, , end] = splitLines(file)
  const version = versionLine && VERSION_LINE.exec(textOf(versionLine))?.[1]
  if (version === undefined) return 'damaged'
  if (version !== '1') return 'unsupported'
  if (!idLine || !generationLine || !keyLine || end?.byteLength !== 0) return 'damaged'
  const covered = file.subarray(0, keyLine.byteOffset + keyLine.byteLength + 1 - file.byteOffset)
  if (!equalInConstantTime(file.subarray(covered.byteLength), Buffer.from(checksumLine(covered)))) return 'damaged'
  return readFields(textOf(idLine), textOf(generationLine), keyLine)
}

function readFields(idLine: string, generationLine: string, keyLine: Uint8Array): ParsedRootFile {
  const id = ID_LINE.exec(idLine)?.[1]
  const generation = GENERATION_LINE.exec(generationLine)?.[1]
  const named = equalInConstantTime(keyLine.subarray(0, KEY_NAME.byteLength), KEY_NAME)
  const key = readHex(keyLine.subarray(KEY_NAME.byteLength))
  if (id === undefined || generation === undefined || !named || key?.byteLength !== ROOT_KEY_BYTES) return 'damaged'
  return { id, generation: Number(generation), key: Secret.of(key) }
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

function textOf(line: Uint8Array): string {
  return Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('latin1')
}

function writeHex(bytes: Uint8Array, target: Uint8Array): void {
  bytes.forEach((byte, index) => {
    target[index * 2] = HEX_DIGITS[byte >> 4] ?? 0
    target[index * 2 + 1] = HEX_DIGITS[byte & 15] ?? 0
  })
}

function readHex(digits: Uint8Array): Uint8Array | undefined {
  const bytes = new Uint8Array(digits.byteLength >> 1)
  for (const [index, digit] of digits.entries()) {
    const value = HEX_DIGITS.indexOf(digit)
    if (value < 0) return undefined
    bytes[index >> 1] = ((bytes[index >> 1] ?? 0) << 4) | value
  }
  return bytes
}
