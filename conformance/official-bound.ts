/**
 * Messages bound to context that they do not store, by the parts of the official client for Node.js: its whole reader and
 * writer know no such context. Put together as the specification prescribes under "Authentication data" of decryption and
 * "Construct the header" of encryption. Every key, header, frame, tag and signature is the official client's.
 */
import { randomBytes } from 'node:crypto'
import * as aws from '@aws-crypto/client-node'
import * as format from '@aws-crypto/serialize'
import { aad, authenticatedContext, read, write } from './official-format.ts'

const MESSAGE_ID_BYTES = 32

/** What the header's tag is computed over. */
function tagged(header: Uint8Array, bound: aws.EncryptionContext): Buffer {
  return Buffer.concat([header, authenticatedContext(bound)])
}

function frameAad(messageId: Uint8Array, isFinalFrame: boolean, sequence: number, length: number): Buffer {
  const content = aad.messageAADContentString({ contentType: format.ContentType.FRAMED_DATA, isFinalFrame })
  return Buffer.from(aad.messageAAD(messageId, content, sequence, length))
}

/** @throws what the official client throws for a message that it does not take to be authentic. */
export async function readBound(
  message: Buffer,
  keyring: aws.KeyringNode,
  bound: aws.EncryptionContext,
): Promise<Buffer> {
  const info = read.deserializeMessageHeader(message)
  if (info === false || info.messageHeader.version !== aws.MessageFormat.V2) throw new Error('Not a whole header')
  const { messageHeader, rawHeader, headerAuth, algorithmSuite } = info
  const { messageId, encryptedDataKeys, suiteData } = messageHeader
  const manager = new aws.NodeDefaultCryptographicMaterialsManager(keyring)
  const material = await manager.decryptMaterials({
    suite: new aws.NodeAlgorithmSuite(algorithmSuite.id),
    encryptionContext: { ...messageHeader.encryptionContext, ...bound },
    encryptedDataKeys: [...encryptedDataKeys],
  })
  const { getDecipherInfo, getVerify } = aws.getDecryptionHelper(material)
  const getDecipher = getDecipherInfo(messageId, suiteData)
  open(getDecipher(headerAuth.headerIv), tagged(rawHeader, bound), Buffer.alloc(0), headerAuth.headerAuthTag)

  const plaintext: Buffer[] = []
  let end = rawHeader.length + headerAuth.headerAuthLength
  for (let isFinal = false; !isFinal;) {
    const frame = format.decodeBodyHeader(message, info, end)
    if (frame === false) throw new Error('Not a whole frame')
    const { sequenceNumber, contentLength, iv, readPos, tagLength } = frame
    isFinal = frame.isFinalFrame
    const tagStart = readPos + contentLength
    end = tagStart + tagLength / 8
    const authenticated = frameAad(messageId, isFinal, sequenceNumber, contentLength)
    plaintext.push(
      open(getDecipher(iv), authenticated, message.subarray(readPos, tagStart), message.subarray(tagStart, end)),
    )
  }
  const verify = getVerify?.()
  verify?.update(message.subarray(0, end))
  const signature = Buffer.from(verify === undefined ? [] : format.deserializeSignature(message.subarray(end)))
  if (verify?.awsCryptoVerify(signature) === false) throw new Error('Invalid Signature')
  return Buffer.concat(plaintext)
}

function open(decipher: aws.AwsEsdkJsDecipherGCM, authenticated: Buffer, ciphertext: Buffer, tag: Uint8Array): Buffer {
  decipher.setAAD(authenticated)
  decipher.setAuthTag(Buffer.from(tag))
  return Buffer.concat([decipher.update(ciphertext), decipher.final()])
}

interface BoundMessage {
  suiteId: aws.AlgorithmSuiteIdentifier
  stored: aws.EncryptionContext
  bound: aws.EncryptionContext
  frameLength: number
}

export async function writeBound(
  plaintext: Buffer,
  keyring: aws.KeyringNode,
  { suiteId, stored, bound, frameLength }: BoundMessage,
): Promise<Buffer> {
  const material = await new aws.NodeDefaultCryptographicMaterialsManager(keyring).getEncryptionMaterials({
    suite: new aws.NodeAlgorithmSuite(suiteId),
    encryptionContext: { ...stored, ...bound },
    commitmentPolicy: aws.CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT,
  })
  const { getCipherInfo, getSigner } = aws.getEncryptHelper(material)
  const { suite, encryptedDataKeys } = material
  const messageId = randomBytes(MESSAGE_ID_BYTES)
  const { getCipher, keyCommitment } = getCipherInfo(messageId)
  const kept = Object.entries(material.encryptionContext).filter(([name]) => !(name in bound))
  const messageHeader = write.buildMessageHeader({
    suite,
    encryptedDataKeys,
    encryptionContext: Object.fromEntries(kept),
    messageId,
    frameLength,
    ...(keyCommitment && { suiteData: keyCommitment }),
  })
  const header = write.serializeMessageHeader(messageHeader)
  const headerIv = write.headerAuthIv(suite.ivLength)
  const { tag: headerAuthTag } = seal(getCipher(headerIv), tagged(header, bound), Buffer.alloc(0))
  const pieces: Uint8Array[] = [header, format.serializeMessageHeaderAuth({ headerIv, headerAuthTag, messageHeader })]
  const frames = Math.max(1, Math.ceil(plaintext.length / frameLength))
  for (let sequence = 1; sequence <= frames; sequence++) {
    const content = plaintext.subarray((sequence - 1) * frameLength, sequence * frameLength)
    const isFinal = sequence === frames
    const iv = write.frameIv(suite.ivLength, sequence)
    const head = isFinal ? write.finalFrameHeader(sequence, iv, content.length) : write.frameHeader(sequence, iv)
    const { ciphertext, tag } = seal(getCipher(iv), frameAad(messageId, isFinal, sequence, content.length), content)
    pieces.push(head, ciphertext, tag)
  }
  const signer = getSigner?.()
  for (const piece of pieces) signer?.update(Buffer.from(piece))
  return Buffer.concat(
    signer === undefined ? pieces : [...pieces, format.serializeSignatureInfo(signer.awsCryptoSign())],
  )
}

function seal(
  cipher: aws.AwsEsdkJsCipherGCM,
  authenticated: Buffer,
  content: Buffer,
): { ciphertext: Buffer; tag: Buffer } {
  cipher.setAAD(authenticated)
  const ciphertext = Buffer.concat([cipher.update(content), cipher.final()])
  return { ciphertext, tag: cipher.getAuthTag() }
}
