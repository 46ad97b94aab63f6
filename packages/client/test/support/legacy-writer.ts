/** Writes what our writer never does: unframed bodies, and IVs drawn by chance, as clients before 2016 had them. */
import { createCipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { CipherGCMTypes } from 'node:crypto'
import { ByteWriter } from '../../src/message/bytes.ts'
import { serializeContext } from '../../src/message/context.ts'
import { writeEncryptedDataKeys } from '../../src/message/encrypted-data-keys.ts'
import type { EncryptedDataKey } from '../../src/message/encrypted-data-keys.ts'
import type { Suite } from '../../src/message/suites.ts'

interface LegacyMessage {
  suite: Suite
  dataKey: Uint8Array
  encryptedDataKeys: readonly EncryptedDataKey[]
  context: Record<string, string>
  plaintext: Uint8Array
  /** Absent: one block. */
  frameLength?: number
  /** Draw IVs by chance instead of counting. */
  randomIvs?: boolean
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function u16(value: number): Buffer {
  return u32(value).subarray(2)
}

function serializedKeys(keys: readonly EncryptedDataKey[]): Uint8Array {
  const writer = new ByteWriter()
  writeEncryptedDataKeys(writer, keys)
  return writer.written
}

/** A message of version 1, unsigned. */
export function legacyMessage(message: LegacyMessage): Buffer {
  const { suite, dataKey, plaintext, frameLength } = message
  const messageId = randomBytes(16)
  const info = Buffer.concat([u16(suite.id), messageId])
  const key = suite.kdfHash === undefined ? dataKey : hkdfSync(suite.kdfHash, dataKey, '', info, suite.dataKeyBytes)
  const seal = (iv: Uint8Array, aad: Uint8Array, content: Uint8Array): Buffer => {
    const cipher = createCipheriv(`aes-${suite.dataKeyBytes * 8}-gcm` as CipherGCMTypes, new Uint8Array(key), iv)
    cipher.setAAD(aad)
    return Buffer.concat([cipher.update(content), cipher.final(), cipher.getAuthTag()])
  }
  const iv = (sequence: number): Buffer =>
    message.randomIvs === true ? randomBytes(12) : Buffer.concat([Buffer.alloc(8), u32(sequence)])
  const context = serializeContext(message.context)
  const header = Buffer.concat([
    Buffer.of(1, 0x80),
    info,
    u16(context.length),
    context,
    serializedKeys(message.encryptedDataKeys),
    Buffer.of(frameLength === undefined ? 1 : 2, 0, 0, 0, 0, 12),
    u32(frameLength ?? 0),
  ])
  const headerIv = iv(0)
  const head = [header, headerIv, seal(headerIv, header, Buffer.alloc(0))]
  const sealed = (text: string, sequence: number, content: Uint8Array): [Buffer, Buffer] => {
    const aad = Buffer.concat([messageId, Buffer.from(text), u32(sequence), Buffer.alloc(4), u32(content.length)])
    const frameIv = iv(sequence)
    return [frameIv, seal(frameIv, aad, content)]
  }
  if (frameLength === undefined) {
    const [blockIv, block] = sealed('AWSKMSEncryptionClient Single Block', 1, plaintext)
    return Buffer.concat([...head, blockIv, Buffer.alloc(4), u32(plaintext.length), block])
  }
  const frames: Buffer[] = []
  let sequence = 1
  let rest = plaintext
  for (; rest.length > frameLength; sequence++, rest = rest.subarray(frameLength)) {
    frames.push(u32(sequence), ...sealed('AWSKMSEncryptionClient Frame', sequence, rest.subarray(0, frameLength)))
  }
  const [finalIv, final] = sealed('AWSKMSEncryptionClient Final Frame', sequence, rest)
  return Buffer.concat([...head, ...frames, u32(0xffffffff), u32(sequence), finalIv, u32(rest.length), final])
}
