import { decodeOutput, encodeInput, KMS, parseJson, signRequest } from '@keyhold/protocol'
import type { Credentials, EncodedBody, Input, OperationName, Output, SigningHash } from '@keyhold/protocol'
import { awsEndpoint, credentialsFor, unanswered } from './aws-call.ts'
import { callerIdentity, IDENTITY_OPERATION } from './caller-identity.ts'
import type { Account } from './caller-identity.ts'
import { KmsError } from './error.ts'
import type { CallOptions, Kms } from './kms.ts'
import { withRetries } from './retry.ts'
import type { RetryPolicy, RetryRuntime } from './retry.ts'
import { anyOf, timeLimit } from './time-limit.ts'
import type { HttpAnswer, Transport } from './transport.ts'

/** Anything that yields credentials: an AWS credential provider is one. Asked before each attempt; it caches. */
export type CredentialsProvider = () => Promise<Credentials>

export interface CallerOptions {
  credentials: CredentialsProvider
  /** Where all calls go, whatever their region. Nothing: AWS, in the region of the key. */
  endpoint: () => Promise<string | undefined>
  retry: RetryPolicy
  /** For a call with all its attempts, the credentials included. */
  callTimeoutMs: number
}

/** What the platform must bring. */
export interface CallerPlatform extends RetryRuntime {
  transport: Transport
  hash: SigningHash
  now(): Date
}

/** Calls that leave things as they are, or that may happen twice without harm. */
const REPEATABLE = /^(Decrypt|Describe|Encrypt|Generate|Get|List|ReEncrypt|Verify)/

/** The one code that says "later" although its status is 400. */
const THROTTLED = 'ThrottlingException'

/** An operation, and how the service that has it is spoken to. */
export interface OtherOperation {
  operation: string
  model: { targetPrefix: string; signingName: string }
  codec: {
    /** The caller wipes what it returns. */
    encodeInput(operation: string, input: object): EncodedBody
    decodeOutput(operation: string, body: Uint8Array): unknown
  }
}

const KMS_WIRE: Omit<OtherOperation, 'operation'> = {
  model: KMS,
  codec: {
    encodeInput: (operation, input) => encodeInput(operation as OperationName, input as Input<OperationName>),
    decodeOutput: (operation, body) => decodeOutput(operation as OperationName, body),
  },
}

const USER_AGENT = 'keyhold-client'

/** Calls a KMS over HTTP. */
export class KmsCaller implements Kms {
  readonly #options: CallerOptions
  readonly #platform: CallerPlatform

  constructor(options: CallerOptions, platform: CallerPlatform) {
    this.#options = options
    this.#platform = platform
  }

  async call<N extends OperationName>(operation: N, input: Input<N>, options: CallOptions): Promise<Output<N>> {
    const url = (await this.#endpoint()) ?? awsEndpoint('kms', options.region)
    return (await this.#call({ ...KMS_WIRE, operation }, input, url, options)) as Output<N>
  }

  /** Calls an operation of another service in AWS JSON, which AWS does not have. */
  async callOther(operation: OtherOperation, input: object, options: CallOptions): Promise<unknown> {
    const url = await this.#endpoint()
    if (url === undefined) throw notOfAws(operation.operation)
    return this.#call(operation, input, url, options)
  }

  /** Whose the credentials are, by an STS: AWS's, or that of the endpoint. */
  async identity({ region, signal }: CallOptions): Promise<Account> {
    const url = (await this.#endpoint()) ?? awsEndpoint('sts', region)
    return this.#repeated(IDENTITY_OPERATION, url, signal, (attempt) =>
      callerIdentity({ url, region, ...attempt }, this.#platform),
    )
  }

  #call(operation: OtherOperation, input: object, url: URL, { region, signal }: CallOptions): Promise<unknown> {
    return this.#repeated(operation.operation, url, signal, (attempt) =>
      this.#attempt(operation, input, { url, region, ...attempt }),
    )
  }

  async #endpoint(): Promise<URL | undefined> {
    const named = await this.#options.endpoint()
    return named === undefined ? undefined : new URL(named)
  }

  async #repeated<T>(
    operation: string,
    url: URL,
    given: AbortSignal | undefined,
    ask: (attempt: Pick<Attempt, 'credentials' | 'signal'>) => Promise<T>,
  ): Promise<T> {
    const { retry, callTimeoutMs } = this.#options
    const limit = timeLimit(callTimeoutMs)
    const signal = anyOf(limit, given)
    const made: Attempts = { count: 0, isSigned: false, last: undefined }
    const attempt = async (): Promise<T> => {
      made.count++
      made.isSigned = false
      const credentials = await credentialsFor(this.#options.credentials, operation, url, signal)
      made.isSigned = true
      return ask({ credentials, signal })
    }
    const mayFollow = (error: unknown): boolean => {
      made.last = error
      return mayRepeat(operation, error)
    }
    try {
      return await withRetries(attempt, mayFollow, retry, this.#platform, signal)
    } catch (error) {
      if (limit?.aborted === true && error === limit.reason) throw outOfTime(operation, url, callTimeoutMs, made)
      throw afterAttempts(error, made.count)
    }
  }

  async #attempt(wire: OtherOperation, input: object, attempt: Attempt): Promise<unknown> {
    const { url, credentials, region, signal } = attempt
    const { operation, codec, model } = wire
    const body = codec.encodeInput(operation, input)
    try {
      const headers = {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `${model.targetPrefix}.${operation}`,
      }
      const target = { region, service: model.signingName, time: this.#platform.now() }
      const request = { method: 'POST', url, headers, body: body.bytes }
      const signed = signRequest(request, credentials, target, this.#platform.hash)
      // Not signed, as proxies may change it; audit logs show it.
      const sent = { ...signed, 'user-agent': USER_AGENT }
      const answer = await this.#platform.transport.post({ url, headers: sent, body: body.bytes, signal })
      return readAnswer(wire, answer, url)
    } catch (error) {
      signal?.throwIfAborted()
      throw unanswered(operation, url, error)
    } finally {
      body.wipe()
    }
  }
}

/** What one attempt needs besides the operation and its input. */
interface Attempt {
  url: URL
  credentials: Credentials
  region: string
  signal: AbortSignal | undefined
}

/** What was done in a call so far. */
interface Attempts {
  count: number
  /** Whether the credentials of the attempt under way are there. */
  isSigned: boolean
  /** What the one before it ended with. */
  last: unknown
}

function readAnswer({ operation, codec }: OtherOperation, answer: HttpAnswer, url: URL): unknown {
  const details = answerDetails(operation, answer, url)
  try {
    if (answer.status !== 200) throw refused(answer, details)
    return codec.decodeOutput(operation, answer.body)
  } catch (error) {
    if (error instanceof KmsError) throw error
    const message = `${url.host} answered ${operation} with what no KMS answers.`
    throw new KmsError('MALFORMED_ANSWER', message, { ...details, cause: error })
  } finally {
    answer.body.fill(0)
  }
}

type AnswerDetails = ConstructorParameters<typeof KmsError>[2]

function answerDetails(operation: string, { status, headers }: HttpAnswer, { host: endpoint }: URL): AnswerDetails {
  const requestId = headers['x-amzn-requestid']
  return { retryable: status >= 500, operation, endpoint, status, ...(requestId !== undefined && { requestId }) }
}

function notOfAws(operation: string): KmsError {
  const message = `AWS has no ${operation}: name a Keyhold server as the endpoint.`
  return new KmsError('UnknownOperationException', message, { retryable: false, operation, endpoint: 'AWS' })
}

/** The error that an answer other than 200 carries. Proxies and load balancers answer with none at all. */
function refused({ status, body }: HttpAnswer, details: AnswerDetails): KmsError {
  const { code, message } = parseError(body)
  if (code === undefined) {
    const text = `${details.endpoint} answered ${details.operation} with status ${status} and no error of a KMS.`
    return new KmsError('MALFORMED_ANSWER', text, details)
  }
  const retryable = details.retryable || code === THROTTLED
  return new KmsError(code, message ?? '', { ...details, retryable })
}

function parseError(body: Uint8Array): { code?: string; message?: string } {
  try {
    const json = parseJson(body)
    if (typeof json !== 'object' || json === null || Array.isArray(json)) return {}
    const type = json['__type']
    const message = json['message'] ?? json['Message']
    if (typeof type !== 'string') return {}
    const code = type.replace(/^.*#/, '') // some services qualify the name: com.amazonaws.kms#NotFoundException
    return { code, ...(typeof message === 'string' && { message }) }
  } catch {
    return {}
  }
}

/** A call that was refused has not happened; one without an answer may have. */
function mayRepeat(operation: string, error: unknown): boolean {
  if (!(error instanceof KmsError) || !error.retryable) return false
  return error.code === THROTTLED || REPEATABLE.test(operation)
}

/** The error of a call that met the limit for all its attempts. */
function outOfTime(operation: string, { host: endpoint }: URL, limitMs: number, made: Attempts): KmsError {
  const { count, isSigned, last } = made
  const limit = `within ${limitMs} ms, the limit of a whole call`
  const waited = isSigned
    ? `${operation} was not done by ${endpoint} ${limit}, in ${count === 1 ? '1 attempt' : `${count} attempts`}.`
    : `No credentials to sign ${operation} with came ${limit}.`
  const before = last instanceof KmsError ? ` What was met before: ${last.message}` : ''
  return new KmsError('TIMEOUT', waited + before, { retryable: true, operation, endpoint, cause: last })
}

/** How long the whole call took is a matter of its attempts, which the error of the last one does not tell. */
function afterAttempts(error: unknown, attempts: number): unknown {
  const isUnanswered = error instanceof KmsError && (error.code === 'TIMEOUT' || error.code === 'UNREACHABLE')
  if (!isUnanswered || attempts < 2) return error
  const { code, retryable, operation, endpoint } = error
  const message = `${error.message} So it was in the last of ${attempts} attempts.`
  return new KmsError(code, message, { retryable, operation, endpoint, cause: error })
}
