import { canonicalRequest, type Secret, type SigningHash, stringToSign } from '@keyhold/protocol'
import { equalInConstantTime } from '../crypto/constant-time.ts'
import { hmacSha256Hex } from '../crypto/hmac.ts'
import { sha256 } from '../crypto/sha256.ts'
import { signingHash } from '../crypto/signing-hash.ts'
import type { Caller } from '../identity/caller.ts'
import type { Random } from '../platform/random.ts'
import type { AccessKey, AccessKeys } from './access-keys.ts'
import { type Accepted, type Claim, readClaim } from './claim.ts'
import { firstValue } from './headers.ts'
import type { RawRequest } from './raw-request.ts'
import { unknownAccessKey, wrongSignature } from './refusals.ts'
import { isRegion } from './region.ts'
import { deriveSigningKey, SigningKeys } from './signing-keys.ts'

export interface SigV4Dependencies {
  accessKeys: AccessKeys
  random: Random
  /** The signing name that a credential's scope must carry. */
  service: string
  /** Which regions a scope may name; by default every one that looks like a region of AWS. */
  acceptsRegion?: (region: string) => boolean
}

/** About 150 bytes each. */
const MAX_SIGNING_KEYS = 10_000
/** Strangers choose the region; for them no more than a few derived keys are kept. */
const MAX_DUMMY_KEYS = 8

/**
 * Authenticates requests by AWS Signature Version 4 over the bytes that arrived. The returned function resolves with
 * the caller or rejects with a ServiceError that carries AWS's code and sentence.
 *
 * A request under an unknown or inactive access key is verified like any other, against a secret that nobody has.
 */
export function sigV4Verifier(dependencies: SigV4Dependencies): (request: RawRequest) => Promise<Caller> {
  const { accessKeys, random, service, acceptsRegion = isRegion } = dependencies
  const accepted: Accepted = { service, acceptsRegion }
  const signingKeys = new SigningKeys(MAX_SIGNING_KEYS)
  const nobody: Signer = {
    accessKeyId: '',
    version: 0,
    secret: random.secret(40),
    keys: new SigningKeys(MAX_DUMMY_KEYS),
  }

  return async (request) => {
    const claim = readClaim(request, accepted)
    const { accessKeyId, region } = claim.authorization
    const accessKey = await usableKey(claim, accessKeys)
    if (accessKey === undefined) {
      isSignedBy(nobody, request, claim)
      throw unknownAccessKey()
    }
    const { principal, secret, version } = accessKey
    if (!isSignedBy({ accessKeyId, version, secret, keys: signingKeys }, request, claim)) throw wrongSignature()
    return { principal, accessKeyId, region, service }
  }
}

/** Who a request may have been signed by. */
interface Signer {
  accessKeyId: string
  version: number
  secret: Secret
  keys: SigningKeys
}

async function usableKey({ authorization, headers }: Claim, accessKeys: AccessKeys): Promise<AccessKey | undefined> {
  const accessKey = await accessKeys.find(authorization.accessKeyId)
  // No session has ever been issued, so that no session token can belong to a key.
  return accessKey?.active && !headers.has('x-amz-security-token') ? accessKey : undefined
}

/** Whether the signature covers exactly this request. The body is hashed here, whatever the request says of its hash. */
function isSignedBy(signer: Signer, request: RawRequest, claim: Claim): boolean {
  const { authorization, headers } = claim
  const payloadHash = sha256(request.body)
  const known = signer.keys.get(signer, authorization)
  const key = known ?? deriveSigningKey(signer.secret, authorization)
  const expected = hmacSha256Hex(key, textToSign(request, claim, payloadHash))
  // Both are 64 lower-case hex digits: readAuthorization() has seen to it.
  const isRight = equalInConstantTime(Buffer.from(expected, 'latin1'), Buffer.from(authorization.signature, 'latin1'))
  if (known === undefined && (isRight || signer.accessKeyId === '')) signer.keys.remember(signer, authorization, key)
  return isRight && (firstValue(headers, 'x-amz-content-sha256') ?? payloadHash) === payloadHash
}

function textToSign(request: RawRequest, claim: Claim, payloadHash: string): string {
  const { method, path, query } = request
  const { amzDate, authorization, headers } = claim
  const { signedHeaders } = authorization
  const signed = Object.fromEntries(signedHeaders.map((name) => [name, headers.get(name)]))
  const canonical = canonicalRequest({ method, path, query, headers: signed, signedHeaders, payloadHash })
  return stringToSign(amzDate, authorization, canonical, HASH_AS_ARRIVED)
}

/** Headers are held one character for each byte: hashed as such, they are the bytes that the signer hashed. */
const HASH_AS_ARRIVED: SigningHash = { ...signingHash, sha256Hex: (text) => sha256(bytesOf(text)) }

/** ASCII text, the usual case, is the same in both encodings and need not be copied. */
function bytesOf(text: string | Uint8Array): string | Uint8Array {
  return typeof text !== 'string' || Buffer.byteLength(text) === text.length ? text : Buffer.from(text, 'latin1')
}
