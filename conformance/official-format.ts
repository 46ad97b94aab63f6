/** The message format of the official client, by its own parts. */
import * as aws from '@aws-crypto/client-node'
import * as format from '@aws-crypto/serialize'

const fromUtf8 = (text: string): Uint8Array => Buffer.from(text)
const toUtf8 = (bytes: Uint8Array): string => Buffer.from(bytes).toString()

export const write = format.serializeFactory(fromUtf8, { utf8Sorting: true })
export const read = format.deserializeFactory(toUtf8, aws.NodeAlgorithmSuite)
export const aad = format.aadFactory(fromUtf8)

const LENGTH_BYTES = 2

/** The context as it is authenticated: without the length that a header has before it. */
export function authenticatedContext(context: aws.EncryptionContext): Buffer {
  return Buffer.from(write.serializeEncryptionContext(context).subarray(LENGTH_BYTES))
}
