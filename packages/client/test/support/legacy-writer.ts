/**
 * Writes what our writer never does: unframed bodies, and IVs drawn by chance, as clients before 2016 had them; and IVs
 * of any form, as some of AWS's published messages have.
 */
import { createCipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { CipherGCMTypes } from 'node:crypto'
import { ByteWriter } from '../../src/base/bytes.ts'
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
  /** The IV of a frame, or of the header as frame 0. Default: the number in 12 bytes. Version 2 has 0 for the header. */
  iv?: (sequence: number) => Buffer
}

export const randomIv = (): Buffer => randomBytes(12)

/** An IV of two parts. */
export function ivOf(fixedField: string, number: number): Buffer {
  return Buffer.concat([Buffer.from(fixedField, 'hex'), u32(number)])
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

interface Keys {
  /** The message's own key. */
  key: Uint8Array
  commitment: Uint8Array
}

function keysOf({ suite, dataKey }: LegacyMessage, messageId: Uint8Array): Keys {
  const { kdfHash: hash, messageVersion, dataKeyBytes } = suite
  const nothing = Buffer.alloc(0)
  if (hash === undefined) return { key: dataKey, commitment: nothing }
  const derive = (salt: Uint8Array, info: Uint8Array): Buffer =>
    Buffer.from(hkdfSync(hash, dataKey, salt, info, dataKeyBytes))
  if (messageVersion === 1) {
    return { key: derive(nothing, Buffer.concat([u16(suite.id), messageId])), commitment: nothing }
  }
  const key = derive(messageId, Buffer.concat([u16(suite.id), Buffer.from('DERIVEKEY')]))
  return { key, commitment: derive(messageId, Buffer.from('COMMITKEY')) }
}

/** An unsigned message. */
export function legacyMessage(message: LegacyMessage): Buffer {
  const { suite, plaintext, frameLength, iv = (sequence) => ivOf('00'.repeat(8), sequence) } = message
  const isFirst = suite.messageVersion === 1
  const messageId = randomBytes(suite.messageIdBytes)
  const { key, commitment } = keysOf(message, messageId)
  const seal = (frameIv: Uint8Array, aad: Uint8Array, content: Uint8Array): Buffer => {
    const cipher = createCipheriv(`aes-${suite.dataKeyBytes * 8}-gcm` as CipherGCMTypes, key, frameIv)
    cipher.setAAD(aad)
    return Buffer.concat([cipher.update(content), cipher.final(), cipher.getAuthTag()])
  }
  const context = serializeContext(message.context)
  const header = Buffer.concat([
    Buffer.from(isFirst ? [1, 0x80] : [2]),
    u16(suite.id),
    messageId,
    u16(context.length),
    context,
    serializedKeys(message.encryptedDataKeys),
    Buffer.of(frameLength === undefined ? 1 : 2),
    Buffer.from(isFirst ? [0, 0, 0, 0, 12] : []),
    u32(frameLength ?? 0),
    commitment,
  ])
  const headerIv = isFirst ? iv(0) : Buffer.alloc(12)
  const headerTag = seal(headerIv, header, Buffer.alloc(0))
  const head = isFirst ? [header, headerIv, headerTag] : [header, headerTag]
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
