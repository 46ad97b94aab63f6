import { createHash, type KeyObject } from 'node:crypto'
import type { MessageType } from '@keyhold/protocol'
import { algorithm, type SigningAlgorithm } from '../../../src/domain/keys/algorithms.ts'
import { keySpecs } from '../../../src/domain/keys/specs.ts'
import type { SigningRequest } from '../../../src/crypto/asymmetric/signatures.ts'
import { type TestKey, testKey } from './keys.ts'
import { messageRepresentative } from './mu.ts'

/** A combination of spec, algorithm and message type that the tables allow. */
export interface SigningCase {
  name: string
  spec: TestKey['spec']
  algorithm: SigningAlgorithm
  messageType: MessageType
}

/** All such combinations. */
export function signingCases(): SigningCase[] {
  return keySpecs()
    .filter(({ offered }) => offered)
    .flatMap((spec) =>
      spec.signingAlgorithms.flatMap((name) => {
        const row = algorithm('SIGN_VERIFY', name)
        if (row === undefined) throw new Error(`no row for ${name}`)
        return (Object.keys(row.messages) as MessageType[]).map((messageType) => ({
          name: `${spec.name} ${name} ${messageType}`,
          spec,
          algorithm: row,
          messageType,
        }))
      }),
    )
}

/** A request to sign `text`, hashed as its message type requires. */
export function signingRequest(one: SigningCase, text: Uint8Array): SigningRequest {
  const { key, publicKey } = testKey(one.spec.name)
  const { spec, algorithm, messageType } = one
  return { key, spec, algorithm, messageType, message: hashedMessage(one, publicKey, text) }
}

/** The message of a request to sign `text` with this key. */
export function hashedMessage(
  { algorithm, messageType }: SigningCase,
  publicKey: KeyObject,
  text: Uint8Array,
): Uint8Array {
  const hashed: Record<MessageType, () => Uint8Array> = {
    RAW: () => text,
    DIGEST: () =>
      createHash(algorithm.hash ?? '')
        .update(text)
        .digest(),
    EXTERNAL_MU: () => messageRepresentative(publicKey, text),
  }
  return hashed[messageType]()
}
