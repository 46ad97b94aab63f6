import { createVerify, type Verify } from 'node:crypto'
import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import type { Context } from './blob.ts'
import { Failure } from './failure.ts'
import { MessageReader } from './message-reader.ts'
import { openGcm } from './aead.ts'
import { isEqual, uint32 } from './seals.ts'
import { keysOf, signingKey, type Suite, suiteOf } from './suites.ts'

/** One encrypted data key of a message. */
export interface EncryptedDataKey {
  provider: string
  information: Buffer
  ciphertext: Buffer
}

interface Header {
  suite: Suite
  version: number
  messageId: Buffer
  /** As the message has it. */
  context: Buffer
  dataKeys: EncryptedDataKey[]
  /** 0: the body has no frames. */
  frameBytes: number
  commitment?: Buffer
}

/** Opens one of a message's encrypted data keys, under the message's whole context. */
export type OpenDataKey = (candidates: readonly EncryptedDataKey[], context: Context) => Buffer

const FINAL = 0xffffffff
const PUBLIC_KEY = 'aws-crypto-public-key'
/** More than any writer uses: a frame is held in memory until its tag has verified. */
const MAX_FRAME_BYTES = 1024 * 1024 * 1024

/**
 * Decrypts a message of the AWS Encryption SDK (docs/spec/message.md) to a file. `required` are pairs of the context that the
 * message does not hold. The file appears under its name when all of the message was verified, and not before.
 */
export function decryptMessage(from: string, to: string, required: Context, open: OpenDataKey): void {
  const unverified = `${to}.unverified`
  using reader = new MessageReader(from)
  const output = openSync(unverified, 'wx', 0o600)
  try {
    decrypt(reader, required, open, (bytes) => writeSync(output, bytes))
    closeSync(output)
    renameSync(unverified, to)
  } catch (error) {
    rmSync(unverified)
    throw error
  }
}

function decrypt(reader: MessageReader, required: Context, open: OpenDataKey, write: (bytes: Buffer) => void): void {
  const taken: Buffer[] = []
  reader.onTaken((bytes) => taken.push(bytes))
  const header = readHeader(reader)
  const authenticated = Buffer.concat(taken)
  const context = parseContext(header.context)
  const iv = header.version === 1 ? reader.take(12) : Buffer.alloc(12)
  const tag = reader.take(16)
  const verify = verifierOf(header.suite, context)
  for (const bytes of taken) verify?.update(bytes)
  reader.onTaken((bytes) => verify?.update(bytes))

  const dataKey = open(header.dataKeys, { ...context, ...required })
  const { key, commitment } = keysOf(header.suite, dataKey, header.messageId)
  if (commitment && !isEqual(commitment, header.commitment ?? MISSING))
    throw new Failure('The message commits to another key.')
  const aad = Buffer.concat([authenticated, serialized(required)])
  if (openGcm({ key, iv, aad }, tag) === undefined) {
    throw new Failure('The header of the message does not verify: it was changed, or the required context is another.')
  }
  if (header.frameBytes === 0) write(openWhole(reader, header, key))
  else openFrames(reader, header, key, write)
  reader.onTaken(undefined)
  if (verify) requireSignature(reader, verify, header.suite, context)
  reader.end()
}

const MISSING = Buffer.alloc(0)

function readHeader(reader: MessageReader): Header {
  const version = reader.takeUint8()
  if (version !== 1 && version !== 2) throw new Failure('This is no message of the AWS Encryption SDK.')
  if (version === 1 && reader.takeUint8() !== 0x80) throw new Failure('This is no message of the AWS Encryption SDK.')
  const suite = suiteOf(reader.takeUint16(), version)
  const messageId = reader.take(version === 1 ? 16 : 32)
  const context = reader.takeSized()
  const dataKeys = Array.from({ length: reader.takeUint16() }, () => ({
    provider: reader.takeSized().toString(),
    information: reader.takeSized(),
    ciphertext: reader.takeSized(),
  }))
  const isFramed = reader.takeUint8() === 2
  if (version === 1) reader.take(5)
  const frameBytes = reader.takeUint32()
  if (isFramed !== frameBytes > 0 || frameBytes > MAX_FRAME_BYTES)
    throw new Failure('The message has no valid frame length.')
  const commitment = version === 2 ? { commitment: reader.take(32) } : {}
  return { suite, version, messageId, context, dataKeys, frameBytes, ...commitment }
}

function openWhole(reader: MessageReader, { messageId }: Header, key: Buffer): Buffer {
  const iv = reader.take(12)
  const length = Number(reader.take(8).readBigUInt64BE())
  return openContent(reader, { key, iv, messageId, kind: 'Single Block', sequence: 1, length })
}

function openFrames(reader: MessageReader, header: Header, key: Buffer, write: (bytes: Buffer) => void): void {
  const { messageId, frameBytes } = header
  for (let expected = 1; ; expected += 1) {
    const first = reader.takeUint32()
    const isFinal = first === FINAL
    const sequence = isFinal ? reader.takeUint32() : first
    if (sequence !== expected) throw new Failure('The frames of the message are not in their order.')
    const iv = reader.take(12)
    const length = isFinal ? reader.takeUint32() : frameBytes
    if (length > frameBytes) throw new Failure('The final frame of the message is too long.')
    const kind = isFinal ? 'Final Frame' : 'Frame'
    write(openContent(reader, { key, iv, messageId, kind, sequence, length }))
    if (isFinal) return
  }
}

interface Content {
  key: Buffer
  iv: Buffer
  messageId: Buffer
  kind: string
  sequence: number
  length: number
}

function openContent(reader: MessageReader, { key, iv, messageId, kind, sequence, length }: Content): Buffer {
  const size = Buffer.alloc(8)
  size.writeBigUInt64BE(BigInt(length))
  const aad = Buffer.concat([messageId, Buffer.from(`AWSKMSEncryptionClient ${kind}`), uint32(sequence), size])
  const plaintext = openGcm({ key, iv, aad }, reader.take(length + 16))
  if (plaintext === undefined) throw new Failure(`Frame ${sequence} of the message does not verify.`)
  return plaintext
}

function verifierOf({ signature }: Suite, context: Context): Verify | undefined {
  if ((signature === undefined) !== (context[PUBLIC_KEY] === undefined)) {
    throw new Failure('The message says in one place that it is signed, and in another that it is not.')
  }
  return signature && createVerify(signature.hash)
}

function requireSignature(reader: MessageReader, verify: Verify, { signature }: Suite, context: Context): void {
  const bytes = reader.takeSized()
  const key = signature && signingKey(signature.curve, context[PUBLIC_KEY] ?? '')
  if (key === undefined || !verify.verify(key, bytes))
    throw new Failure('The signature of the message does not verify.')
}

function parseContext(bytes: Buffer): Context {
  if (bytes.byteLength === 0) return {}
  const texts: string[] = []
  for (let at = 2; at < bytes.byteLength;) {
    const end = at + 2 + bytes.readUInt16BE(at)
    texts.push(bytes.toString('utf8', at + 2, end))
    at = end
  }
  if (texts.length !== bytes.readUInt16BE() * 2) throw new Failure('The encryption context of the message is damaged.')
  return Object.fromEntries(texts.flatMap((name, index) => (index % 2 === 0 ? [[name, texts[index + 1] ?? '']] : [])))
}

/** A context as it would be in a message. */
export function serialized(context: Context): Buffer {
  const pairs = Object.entries(context).map((pair) => pair.map((text) => Buffer.from(text)))
  if (pairs.length === 0) return MISSING
  pairs.sort(([a = MISSING], [b = MISSING]) => Buffer.compare(a, b))
  return Buffer.concat([
    uint16(pairs.length),
    ...pairs.flatMap((pair) => pair.flatMap((text) => [uint16(text.byteLength), text])),
  ])
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}
