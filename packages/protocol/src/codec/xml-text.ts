import type { BodyWriter } from './writer.ts'

const encoder = new TextEncoder()
const ascii = (text: string): Uint8Array => encoder.encode(text)

const REPLACEMENT = encoder.encode('\ufffd')

/** What cannot stand for itself between two tags, by its byte. A carriage return would be read as a line feed. */
const ESCAPES = new Map<number, Uint8Array>([
  [0x22, ascii('&quot;')],
  [0x26, ascii('&amp;')],
  [0x27, ascii('&apos;')],
  [0x3c, ascii('&lt;')],
  [0x3e, ascii('&gt;')],
  [0x0d, ascii('&#xD;')],
  [0x0a, ascii('&#xA;')],
])
// XML 1.0, section 2.2: of the control characters only these may occur, not even as a reference.
const PERMITTED_CONTROLS = [0x09, 0x0a, 0x0d]
for (let code = 0; code < 0x20; code++) if (!PERMITTED_CONTROLS.includes(code)) ESCAPES.set(code, REPLACEMENT)

/**
 * Writes text between two tags. What XML 1.0 cannot carry at all (control characters, U+FFFE, U+FFFF and
 * lone surrogates) becomes U+FFFD: an answer that could not be written would hide that its change was made, and an
 * error that quotes such a value could not be told. Nothing that our validation accepts is touched.
 */
export function writeXmlText(text: string, writer: BodyWriter): void {
  writeXmlBytes(encoder.encode(text), writer) // replaces lone surrogates
}

/** The same for text that is UTF-8 already. A secret in it exists nowhere but in `writer`. */
export function writeXmlBytes(utf8: Uint8Array, writer: BodyWriter): void {
  let written = 0
  for (let index = 0; index < utf8.length; index++) {
    const isNonCharacter = utf8[index] === 0xef && utf8[index + 1] === 0xbf && utf8[index + 2]! >= 0xbe
    const escape = isNonCharacter ? REPLACEMENT : ESCAPES.get(utf8[index]!)
    if (escape === undefined) continue
    writer.raw(utf8.subarray(written, index))
    writer.raw(escape)
    if (isNonCharacter) index += 2
    written = index + 1
  }
  writer.raw(utf8.subarray(written))
}
