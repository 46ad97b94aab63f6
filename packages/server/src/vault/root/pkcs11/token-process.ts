/**
 * The process that talks to a token, started for one request and ended then. A library of PKCS#11 is native code of the
 * token's maker: it may hang or crash, which must not be the server's end, and it sees no memory of the server.
 */
import { fstatSync, readFileSync, writeSync } from 'node:fs'
import { findToken, pinState } from './find-token.ts'
import { readFrames, writeFrames } from './frames.ts'
import { nameOf, openLibrary } from './library.ts'
import type { TokenReply, TokenRequest } from './messages.ts'
import { logIn } from './session.ts'
import { protect, reveal } from './token-deeds.ts'
import { destroyKeys, findKeys } from './token-keys.ts'
import { TokenError } from './token-error.ts'

/** Libraries print what they like on standard output. */
const ANSWER = 3

function main(): void {
  fstatSync(ANSWER)
  const message = readFileSync(0)
  const [head, pin = Buffer.alloc(0), secret = Buffer.alloc(0)] = readFrames(message) ?? []
  if (head === undefined) throw new Error('a request without its first part')
  const [reply, revealed] = answer(JSON.parse(head.toString()) as TokenRequest, pin, secret)
  message.fill(0)
  const frames = writeFrames([Buffer.from(JSON.stringify(reply)), ...(revealed === undefined ? [] : [revealed])])
  writeSync(ANSWER, frames)
  frames.fill(0)
  revealed?.fill(0)
  // Neither C_Logout nor C_Finalize: the end of the process is both, and some libraries hang in them.
  process.exit(0)
}

function answer(request: TokenRequest, pin: Buffer, secret: Buffer): [TokenReply, Buffer?] {
  try {
    return perform(request, pin, secret)
  } catch (error) {
    return [error instanceof TokenError ? faultOf(error) : { fault: 'device', detail: nameOf(error) }]
  }
}

function faultOf({ fault, message: detail }: TokenError): TokenReply {
  return { fault, detail }
}

function perform(request: TokenRequest, pin: Buffer, secret: Buffer): [TokenReply, Buffer?] {
  const library = openLibrary(request.place.library)
  const found = findToken(library, request.place)
  const { slot: _, ...token } = found
  if (request.deed === 'probe') return [{ token, pin: pinState(library, found) }]
  const session = logIn(library, found, pin, request.limit)
  if (request.deed === 'destroy') {
    destroyKeys(session, findKeys(session, request.keys))
    return [{ token, pin: pinState(library, found) }]
  }
  const binding = Buffer.from(request.binding, 'base64')
  if (request.deed === 'reveal')
    return [{ token, pin: pinState(library, found) }, reveal(session, request.sealed, binding)]
  const sealed = protect(session, found, { keyLabel: request.keyLabel, binding }, secret)
  return [{ token, pin: pinState(library, found), sealed }]
}

main()
