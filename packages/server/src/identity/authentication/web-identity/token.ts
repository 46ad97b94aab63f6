import { type JsonObject, type JsonValue, parseJson } from '@keyhold/protocol'
import { malformedToken } from './refusal.ts'

/** The unverified content of a token. It selects the keys to verify with, and nothing else. */
export interface UnverifiedToken {
  algorithm: string
  issuer: string
}

const MAX_TOKEN_LENGTH = 16 * 1024

/** RFC 7515, section 7.1: three parts in base64url. Encrypted tokens have five. */
const COMPACT = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/

/**
 * Parses a token strictly before the library parses it leniently. With a duplicate member or malformed text, two
 * parsers could interpret it differently. Throws a refusal.
 */
export function readToken(token: string): UnverifiedToken {
  const [, head, body] = (token.length <= MAX_TOKEN_LENGTH && COMPACT.exec(token)) || []
  if (head === undefined || body === undefined) throw malformedToken()
  const { alg } = readObject(head)
  const { iss } = readObject(body)
  if (typeof alg !== 'string' || typeof iss !== 'string') throw malformedToken()
  return { algorithm: alg, issuer: iss }
}

function readObject(part: string): JsonObject {
  const value = parsed(part)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformedToken()
  return value
}

function parsed(part: string): JsonValue {
  try {
    return parseJson(Buffer.from(part, 'base64url'))
  } catch {
    throw malformedToken()
  }
}
