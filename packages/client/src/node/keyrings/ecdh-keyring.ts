import type { KeyObject } from 'node:crypto'
import { Secret } from '@keyhold/protocol'
import { EnvelopeError } from '../../base/error.ts'
import { declined, failed } from '../../base/attempt.ts'
import type { Failure } from '../../base/attempt.ts'
import { COMMITMENT_BYTES, fixedInfo, NONCE_BYTES, parseParties, serializeParties } from '../../keyrings/ecdh-format.ts'
import type { Parties } from '../../keyrings/ecdh-format.ts'
import type { Keyring, Unwrapped, UnwrapRequest, WrappedDataKey, WrapRequest } from '../../keyrings/keyring.ts'
import { unwrapEach } from '../../keyrings/unwrap-each.ts'
import { wrapLocally } from '../../keyrings/wrap-locally.ts'
import { concat } from '../../base/bytes.ts'
import type { EncryptionContext } from '../../message/context.ts'
import type { EncryptedDataKey } from '../../message/encrypted-data-keys.ts'
import { nodeCryptography } from '../cryptography.ts'
import { compressedPoint, importPoint } from '../ec-points.ts'
import type { CurveName } from '../ec-points.ts'
import { counterKdf } from './counter-kdf.ts'

export const RAW_PROVIDER_ID = 'raw-ecdh'
export const KMS_PROVIDER_ID = 'aws-kms-ecdh'
const PROVIDER_IDS: readonly string[] = [RAW_PROVIDER_ID, KMS_PROVIDER_ID]

const KEYS_BYTES = 64
const ZERO_IV = new Uint8Array(12) // each wrapping key is derived from a nonce of its own, and used once
const TAG_BYTES = 16

/** One side of a key agreement. */
export interface Party {
  readonly curve: CurveName
  readonly publicKey: KeyObject
  /** The secret shared with the holder of the private key of `other`. The caller wipes it. */
  agree(other: KeyObject, signal: AbortSignal | undefined): Promise<Secret>
}

export interface EcdhOptions {
  /** What messages name as their key provider. */
  providerId: string
  /** Who writes; nothing where only reading is possible. Asked for each message: an ephemeral one is made each time. */
  sender?: () => Party | Promise<Party>
  /** The recipient of messages; nothing where only reading is possible. */
  recipient?: KeyObject
  /** Who reads; nothing where only writing is possible. */
  reader?: () => Party | Promise<Party>
}

/**
 * Wraps data keys under keys that two parties agree on. Specification, "Raw ECDH keyring", "AWS KMS ECDH keyring" and
 * "Key agreement schemas". With both parties static the reader knows who wrote, without a signature; but either could
 * have.
 */
export class EcdhKeyring implements Keyring {
  readonly #options: EcdhOptions

  constructor(options: EcdhOptions) {
    this.#options = options
  }

  async onEncrypt(request: WrapRequest): Promise<WrappedDataKey> {
    const { sender, recipient, providerId } = this.#options
    if (sender === undefined || recipient === undefined) {
      throw new EnvelopeError('INVALID_ARGUMENT', 'To encrypt, the public key of the recipient is needed.')
    }
    const party = await sender()
    const { curve } = party
    const parties = {
      sender: compressedPoint(party.publicKey),
      recipient: compressedPoint(recipient),
    }
    using secret = await party.agree(recipient, request.signal)
    return wrapLocally(request, nodeCryptography.randomSecret, async (dataKey) => ({
      providerId,
      providerInfo: serializeParties(parties),
      ciphertext: await wrap(secret, fixedInfo(curve, parties, request.context), dataKey),
    }))
  }

  onDecrypt(request: UnwrapRequest): Promise<Unwrapped> {
    return unwrapEach(request, (candidate) => this.#unwrap(candidate, request))
  }

  async #unwrap(candidate: EncryptedDataKey, { context, signal }: UnwrapRequest): Promise<Secret | Failure> {
    if (!PROVIDER_IDS.includes(candidate.providerId)) return declined('it is not sealed by key agreement.')
    const parties = parseParties(candidate.providerInfo)
    if (parties === undefined) return declined('it does not name two public keys.')
    if (this.#options.reader === undefined) return declined('the private key was not given.')
    const party = await this.#options.reader()
    const other = this.#otherParty(parties, party)
    if (other === undefined) return declined('it is not for the key that was given, or from another sender.')
    const key = importPoint(other, party.curve)
    if (key === undefined) return failed('the public key that it names is none.')
    using secret = await party.agree(key, signal)
    return unwrap(secret, party.curve, parties, context, candidate.ciphertext)
  }

  /** The writer, if the message is for the reader and from the party that they expect; two static parties may read what either wrote. */
  #otherParty({ sender, recipient }: Parties, party: Party): Uint8Array | undefined {
    const own = compressedPoint(party.publicKey)
    const partner = this.#options.recipient && compressedPoint(this.#options.recipient)
    if (partner === undefined) return isSame(recipient, own) ? sender : undefined
    const isBetweenUs =
      (isSame(sender, own) && isSame(recipient, partner)) || (isSame(sender, partner) && isSame(recipient, own))
    return isBetweenUs ? partner : undefined
  }
}

/** Public keys are no secrets. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return nodeCryptography.equal(a, b)
}

async function wrap(secret: Secret, info: Uint8Array, dataKey: Secret): Promise<Uint8Array> {
  const nonce = nodeCryptography.nonce(NONCE_BYTES)
  using keys = derive(secret, info, nonce)
  const commitment = keys.reveal().slice(0, COMMITMENT_BYTES)
  const cipher = await nodeCryptography.aesGcm(keys.reveal().subarray(COMMITMENT_BYTES))
  const [sealed] = await cipher.seal([{ iv: ZERO_IV, aad: info, plaintext: dataKey.reveal() }])
  return concat([nonce, commitment, sealed!.ciphertext, sealed!.tag])
}

async function unwrap(
  secret: Secret,
  curve: CurveName,
  parties: Parties,
  context: EncryptionContext,
  wrapped: Uint8Array,
): Promise<Secret | Failure> {
  const keyStart = NONCE_BYTES + COMMITMENT_BYTES
  if (wrapped.length <= keyStart + TAG_BYTES) return failed('it is too short.')
  const aad = fixedInfo(curve, parties, context)
  using keys = derive(secret, aad, wrapped.subarray(0, NONCE_BYTES))
  if (!nodeCryptography.equal(keys.reveal().subarray(0, COMMITMENT_BYTES), wrapped.subarray(NONCE_BYTES, keyStart))) {
    return failed('it commits to another wrapping key: the context may be another.')
  }
  const cipher = await nodeCryptography.aesGcm(keys.reveal().subarray(COMMITMENT_BYTES))
  const ciphertext = wrapped.subarray(keyStart, -TAG_BYTES)
  const opened = await cipher.open([{ iv: ZERO_IV, aad, ciphertext, tag: wrapped.subarray(-TAG_BYTES) }])
  return opened === undefined ? failed('it was changed.') : Secret.of(opened[0]!)
}

/** Commitment and wrapping key. */
function derive(secret: Secret, info: Uint8Array, nonce: Uint8Array): Secret {
  return counterKdf({ hash: 'sha384', secret: secret.reveal(), label: info, context: nonce, length: KEYS_BYTES })
}
