import { type ChildProcess, spawn } from 'node:child_process'
import { extname } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { Secret } from '@keyhold/protocol'
import { MAX_MESSAGE_BYTES, readFrames, writeFrames } from './frames.ts'
import type { PinState, SealedByToken, TokenIdentity, TokenReply, TokenRequest } from './messages.ts'
import { TokenError } from './token-error.ts'

const PROCESS = new URL(`./token-process${extname(import.meta.filename)}`, import.meta.url)

/** What a token answered. */
export interface TokenAnswer {
  token: TokenIdentity
  pin: PinState
  /** Of `protect`. */
  sealed?: SealedByToken
  /** Of `reveal`. The caller wipes it. */
  secret?: Secret
}

export interface AskOptions {
  /** Of the token. It stays the caller's. */
  pin?: Secret | undefined
  /** To protect. It stays the caller's. */
  secret?: Secret | undefined
  /** How long the token may take; then its process is ended. */
  timeoutMs: number
}

/** Asks a token by a process of its own. Rejects with TokenError. */
export async function askToken(request: TokenRequest, { pin, secret, timeoutMs }: AskOptions): Promise<TokenAnswer> {
  const head = Buffer.from(JSON.stringify(request))
  const message = writeFrames([head, ...[pin, secret].map((part) => part?.reveal() ?? new Uint8Array())])
  const child = spawn(process.execPath, [...conditions(), fileURLToPath(PROCESS)], {
    stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
    env: environment(),
  })
  try {
    const bytes = await exchange(child, message, timeoutMs)
    return readReply(bytes)
  } finally {
    message.fill(0)
    child.kill('SIGKILL')
  }
}

/** What the process needs to find the sources where they are not bundled. */
function conditions(): string[] {
  return process.execArgv.filter((flag) => flag.startsWith('--conditions'))
}

/** Libraries find their configuration in the environment, each in a variable of its own. Ours has nothing for them. */
function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(KEYHOLD_|AWS_|NODE_|LISTEN_|NOTIFY_)/.test(name))
  return Object.fromEntries(kept)
}

async function exchange(child: ChildProcess, message: Buffer, timeoutMs: number): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const timer = setTimeout(() => reject(new TokenError('timeout', `${timeoutMs} ms`)), timeoutMs)
  child.on('error', (cause) => reject(new TokenError('crashed', cause.message, { cause })))
  // Its end before an answer: the answer is read first, as this event waits for all pipes.
  child.on('close', (code, signal) => reject(new TokenError('crashed', signal ?? `exit code ${code}`)))
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(message)
  readAll(child.stdio[3] as Readable).then((bytes) => bytes.byteLength > 0 && resolve(bytes), reject)
  try {
    return await promise
  } finally {
    clearTimeout(timer)
  }
}

async function readAll(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.byteLength
    if (size > MAX_MESSAGE_BYTES) throw new TokenError('crashed', 'an answer that is too long')
    chunks.push(chunk)
  }
  const whole = Buffer.concat(chunks)
  for (const chunk of chunks) chunk.fill(0)
  return whole
}

function readReply(bytes: Buffer): TokenAnswer {
  const [head, secret] = readFrames(bytes) ?? []
  if (head === undefined) throw new TokenError('crashed', 'an answer that is not whole')
  const reply = JSON.parse(head.toString()) as TokenReply
  const taken = secret === undefined ? undefined : Secret.of(new Uint8Array(secret))
  bytes.fill(0)
  if ('fault' in reply) throw new TokenError(reply.fault, reply.detail)
  return { ...reply, ...(taken && { secret: taken }) }
}
