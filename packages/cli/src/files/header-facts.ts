import type { MessageHeader } from '@keyhold/client'

/** What a header says, in the form in which it is shown to people and their programs. */
export interface HeaderFacts {
  messageVersion: number
  suite: { id: string; name: string; signed: boolean }
  messageId: string
  encryptionContext: Readonly<Record<string, string>>
  encryptedDataKeys: { provider: string; key: string; ciphertextBytes: number }[]
  frameLength: number
}

export async function headerFacts(header: MessageHeader): Promise<HeaderFacts> {
  const { wrappingKeyName } = await import('@keyhold/client')
  const { suite, messageId, context, encryptedDataKeys, frameLength } = header
  return {
    messageVersion: suite.messageVersion,
    suite: {
      id: `0x${suite.id.toString(16).padStart(4, '0')}`,
      name: suite.name,
      signed: suite.signature !== undefined,
    },
    messageId: Buffer.from(messageId).toString('hex'),
    encryptionContext: context,
    encryptedDataKeys: encryptedDataKeys.map((each) => ({
      provider: each.providerId,
      key: wrappingKeyName(each),
      ciphertextBytes: each.ciphertext.length,
    })),
    frameLength,
  }
}
