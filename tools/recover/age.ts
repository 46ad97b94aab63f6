import { hkdfSync } from 'node:crypto'
import type { Identity, Stanza } from './age-identity.ts'
import { openChaCha } from './aead.ts'
import { Failure } from './failure.ts'
import { isEqual, mac } from './seals.ts'

/** Where bytes are taken from: what is asked for, or fewer at the end. */
export type Take = (bytes: number) => Buffer

const VERSION = 'age-encryption.org/v1'
/** A header to a hundred post-quantum recipients has 200 KB. */
const MAX_HEADER_BYTES = 1024 * 1024
const CHUNK_BYTES = 64 * 1024
const TAG_BYTES = 16
/** A line of a body that is shorter is its last. */
const BODY_COLUMNS = 64

/** Decrypts an age file (C2SP age), chunk by chunk, each verified before it is handed out. Throws {@link Failure}. */
export function* decryptAge(take: Take, identities: readonly Identity[]): Generator<Buffer> {
  const { stanzas, covered, macText } = readHeader(take)
  const fileKey = fileKeyOf(stanzas, identities)
  const macKey = Buffer.from(hkdfSync('sha256', fileKey, NOTHING, 'header', 32))
  if (!isEqual(mac(macKey, covered), Buffer.from(macText, 'base64'))) throw new Failure('The age header was changed.')
  const key = Buffer.from(hkdfSync('sha256', fileKey, take(16), 'payload', 32))
  yield* payload(take, key)
}

/** {@link decryptAge}, of a file in memory. */
export function decryptAgeWhole(file: Buffer, identities: readonly Identity[]): Buffer {
  let at = 0
  const take = (bytes: number): Buffer => {
    const taken = file.subarray(at, at + bytes)
    at += taken.byteLength
    return taken
  }
  return Buffer.concat([...decryptAge(take, identities)])
}

/** C2SP age, "Payload": STREAM over chunks of 64 KiB; the last one, and no other, has 1 as the last byte of its nonce. */
function* payload(take: Take, key: Buffer): Generator<Buffer> {
  const box = CHUNK_BYTES + TAG_BYTES
  let current = take(box)
  for (let counter = 0n; ; counter += 1n) {
    const next = current.byteLength < box ? NOTHING : take(box)
    const isLast = next.byteLength === 0
    const nonce = Buffer.alloc(12)
    nonce.writeBigUInt64BE(counter, 3)
    nonce[11] = isLast ? 1 : 0
    const opened = openChaCha({ key, iv: nonce }, current)
    if (opened === undefined) throw new Failure('The age file was changed or cut off.')
    if (isLast && opened.byteLength === 0 && counter > 0n) throw new Failure('The age file ends in an empty chunk.')
    yield opened
    if (isLast) return
    current = next
  }
}

interface Header {
  stanzas: Stanza[]
  /** What the MAC is over. */
  covered: Buffer
  macText: string
}

function readHeader(take: Take): Header {
  const lines: string[] = []
  const stanzas: Stanza[] = []
  const line = lineReader(take, lines)
  if (line() !== VERSION) throw new Failure('This is no age file.')
  for (;;) {
    const [arrow = '', type = '', ...args] = line().split(' ')
    if (arrow === '---') {
      const covered = Buffer.from(`${lines.slice(0, -1).join('\n')}\n---`)
      return { stanzas, covered, macText: type }
    }
    if (arrow !== '->') throw new Failure('The age header is damaged.')
    stanzas.push({ type, args, body: readBody(line) })
  }
}

function readBody(line: () => string): Buffer {
  const body: string[] = []
  do body.push(line())
  while (body.at(-1)?.length === BODY_COLUMNS)
  return Buffer.from(body.join(''), 'base64')
}

function lineReader(take: Take, lines: string[]): () => string {
  let read = 0
  return () => {
    const bytes: number[] = []
    for (let byte = take(1)[0]; byte !== 0x0a; byte = take(1)[0]) {
      read += 1
      if (byte === undefined || read > MAX_HEADER_BYTES) throw new Failure('The age header is damaged.')
      bytes.push(byte)
    }
    const text = Buffer.from(bytes).toString('latin1')
    lines.push(text)
    return text
  }
}

function fileKeyOf(stanzas: readonly Stanza[], identities: readonly Identity[]): Buffer {
  for (const identity of identities) {
    for (const stanza of stanzas) {
      const fileKey = identity.open(stanza)
      if (fileKey?.byteLength === 16) return fileKey
    }
  }
  throw new Failure('No identity that was given is that of a recipient of the file.')
}

const NOTHING = Buffer.alloc(0)
