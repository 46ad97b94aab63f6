import { basename, dirname, join } from 'node:path'
import { aText, someBytes } from '../base/arguments.ts'

/**
 * A byte of a name that is no UTF-8, as a code unit that no text has by itself: 0xff is U+DCFF. So Python, too, puts such
 * names into text (PEP 383). Only POSIX systems have them; on Windows a lone surrogate is part of a name as it is.
 */
const ESCAPED = /[\u{dc80}-\u{dcff}]/u
const ESCAPE = 0xdc00
const HAS_BYTES = process.platform !== 'win32'

/** A path as the system is given it. To be used at every call of the system, as Node replaces such bytes. */
export function native(path: string): string | Buffer {
  aText(path, 'The path')
  if (!HAS_BYTES || !ESCAPED.test(path)) return path
  return Buffer.concat(
    Array.from(path, (character) =>
      ESCAPED.test(character) ? Buffer.of(character.charCodeAt(0) - ESCAPE) : Buffer.from(character),
    ),
  )
}

/** The name or path that these bytes are, which {@link native} gives back byte for byte. */
export function pathOf(bytes: Uint8Array): string {
  someBytes(bytes, 'The path')
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const text = buffer.toString()
  if (Buffer.from(text).equals(buffer)) return text
  let path = ''
  for (let start = 0; start < buffer.length;) {
    const character = characterAt(buffer, start)
    path += character ?? String.fromCharCode(ESCAPE + buffer[start]!)
    start += character === undefined ? 1 : Buffer.byteLength(character)
  }
  return path
}

const MAX_CHARACTER_BYTES = 4

function characterAt(bytes: Buffer, start: number): string | undefined {
  for (let length = 1; length <= MAX_CHARACTER_BYTES; length++) {
    const part = bytes.subarray(start, start + length)
    const text = part.toString()
    if (Buffer.from(text).equals(part)) return text
  }
  return undefined
}

/** A name takes up to 255 bytes on most systems, and 143 where eCryptfs encrypts names. This leaves room for the rest. */
const MAX_STEM_BYTES = 96

/** The beginning of a name, whole characters of at most {@link MAX_STEM_BYTES} bytes. */
export function stemOf(name: string): string {
  let bytes = 0
  let stem = ''
  for (const character of name) {
    bytes += Buffer.byteLength(character)
    if (bytes > MAX_STEM_BYTES) break
    stem += character
  }
  return stem
}

/** The path of a hidden file beside another one: `.STEM.TAG.ENDING`. */
export function besides(path: string, tag: string, ending: string): string {
  return join(dirname(path), `.${stemOf(basename(path))}.${tag}.${ending}`)
}
