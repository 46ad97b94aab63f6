import type { KeyObject } from 'node:crypto'
import { canonicalRequest, type Secret, type SigningHash, stringToSign } from '@keyhold/protocol'
import { equalInConstantTime } from '../../crypto/constant-time.ts'
import { hmacSha256Hex, signingHash } from '../../crypto/hmac.ts'
import { sha256 } from '../../crypto/sha256.ts'
import type { Caller } from '../accounts/caller.ts'
import type { Random } from '../../platform/random.ts'
import type { AccessKey, AccessKeys } from './access-keys.ts'
import { type Accepted, type Claim, readClaim } from './claim.ts'
import type { AcceptsRegion } from './known-regions.ts'
import { cameThroughProxy } from './came-through-proxy.ts'
import type { RawRequest } from './raw-request.ts'
import { expiredToken, unknownAccessKey, wrongRegion, wrongSignature } from './refusals.ts'
import { isRegion } from './region.ts'
import { deriveSigningKey, SigningKeys } from './signing-keys.ts'

/** What {@link sigV4Verifier} needs. */
export interface SigV4Dependencies {
  accessKeys: AccessKeys
  random: Random
  /** The signing names that a credential's scope can have. Error messages name the first one. */
  services: Accepted['services']
  /** Which Regions a scope can name. By default, all names with the format of a Region. */
  acceptsRegion?: AcceptsRegion
}

/** About 150 bytes each. */
const MAX_SIGNING_KEYS = 10_000
/** Unauthenticated callers choose the Region, so only this many derived keys are cached for them. */
const MAX_DUMMY_KEYS = 8

/**
 * Authenticates requests by AWS Signature Version 4 over the bytes that arrived. The returned function resolves with
 * the caller, or rejects with a ServiceError with AWS's code and message.
 *
 * A request with an unknown or inactive access key is verified like any other, against a random secret.
 */
export function sigV4Verifier(dependencies: SigV4Dependencies): (request: RawRequest) => Promise<Caller> {
  const verify = signatureVerifier(dependencies)
  return (request) => verify({ ...request, payloadHash: sha256(request.body) })
}

/**
 * The signed parts of a request, with the hash of the body in place of the body. The caller of this function must know
 * that the sender of the hash has the body.
 */
export interface SignedParts extends Omit<RawRequest, 'body' | 'sourceIp' | 'secure' | 'requestId'> {
  /** SHA-256 in lower-case hexadecimal. */
  payloadHash: string
}

/** {@link sigV4Verifier} for a request whose body was hashed elsewhere. */
export function signatureVerifier(dependencies: SigV4Dependencies): (parts: SignedParts) => Promise<Caller> {
  const { accessKeys, random, services, acceptsRegion = isRegion } = dependencies
  const accepted: Accepted = { services, acceptsRegion: isRegion }
  const signingKeys = new SigningKeys(MAX_SIGNING_KEYS)
  const unknownSigner: Signer = {
    accessKeyId: '',
    version: 0,
    secret: random.secret(40),
    keys: new SigningKeys(MAX_DUMMY_KEYS),
  }

  return async (request) => {
    const claim = readClaim(request, accepted)
    const { accessKeyId, region, service } = claim.authorization
    if (!(await acceptsRegion(region, service))) throw wrongRegion(region)
    const accessKey = await usableKey(claim, accessKeys)
    if (accessKey === undefined) {
      isSignedBy(unknownSigner, request, claim)
      throw unknownAccessKey()
    }
    const { owner, secret, version } = accessKey
    if (!isSignedBy({ accessKeyId, version, secret, keys: signingKeys }, request, claim)) {
      throw wrongSignature({ throughProxy: cameThroughProxy(request.headers) })
    }
    if (owner.session && owner.session.expiresMs <= request.receivedAtMs) throw expiredToken()
    return { ...owner, accessKeyId, region, service }
  }
}

/** The possible signer of a request. */
interface Signer {
  accessKeyId: string
  version: number
  secret: Secret
  keys: SigningKeys
}

async function usableKey(
  { authorization, sessionToken }: Claim,
  accessKeys: AccessKeys,
): Promise<AccessKey | undefined> {
  const accessKey = await accessKeys.find(authorization.accessKeyId, sessionToken)
  return accessKey?.active ? accessKey : undefined
}

/** Returns whether the signature covers exactly this request, whatever the request declares as the hash of its body. */
function isSignedBy(signer: Signer, request: SignedParts, claim: Claim): boolean {
  const { authorization, queries, declaredHash = request.payloadHash } = claim
  const known = signer.keys.get(signer, authorization)
  const key = known ?? deriveSigningKey(signer.secret, authorization)
  const isRight = queries.some((query) => isSignature(key, { ...request, query }, claim))
  if (known === undefined && (isRight || signer.accessKeyId === '')) signer.keys.remember(signer, authorization, key)
  return isRight && declaredHash === request.payloadHash
}

function isSignature(key: KeyObject, request: SignedParts, claim: Claim): boolean {
  const expected = hmacSha256Hex(key, textToSign(request, claim))
  // Both are 64 lower-case hex digits: readShape() has checked that.
  return equalInConstantTime(Buffer.from(expected, 'latin1'), Buffer.from(claim.authorization.signature, 'latin1'))
}

function textToSign(request: SignedParts, claim: Claim): string {
  const { method, path, query, headers, payloadHash } = request
  const { amzDate, authorization } = claim
  const { signedHeaders } = authorization
  const signed = Object.fromEntries(signedHeaders.map((name) => [name, headers.get(name)]))
  const canonical = canonicalRequest({ method, path, query, headers: signed, signedHeaders, payloadHash })
  return stringToSign(amzDate, authorization, canonical, HASH_AS_ARRIVED)
}

/** Headers have one character per byte. Hashed as such, they give the bytes that the signer hashed. */
const HASH_AS_ARRIVED: SigningHash = { ...signingHash, sha256Hex: (text) => sha256(bytesOf(text)) }

/** ASCII text, the usual case, is the same in both encodings and need not be copied. */
function bytesOf(text: string | Uint8Array): string | Uint8Array {
  return typeof text !== 'string' || Buffer.byteLength(text) === text.length ? text : Buffer.from(text, 'latin1')
}
