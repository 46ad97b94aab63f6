import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { type Credentials, KMS, type OperationName, signRequest } from '@keyhold/protocol'
import { signingHash } from '../../../../src/crypto/hmac.ts'

export const REGION = 'eu-central-1'

/** An answer as it came over the wire. */
export interface Reply {
  status: number
  requestId: string
  text: string
  body: Record<string, unknown>
}

export interface DataKey {
  Plaintext: string
  CiphertextBlob: string
}

/** Speaks to a running server as an AWS SDK would: signed, over connections that are kept. */
export class KmsClient implements Disposable {
  readonly endpoint: URL
  readonly #credentials: Credentials
  readonly #region: string
  readonly #agent = new Agent({ keepAlive: true })

  constructor(endpoint: string, credentials: Credentials, region = REGION) {
    this.endpoint = new URL(endpoint)
    this.#credentials = credentials
    this.#region = region
  }

  /** Rejects when no whole answer arrives. */
  call(operation: OperationName, input: object): Promise<Reply> {
    return this.send(`${KMS.targetPrefix}.${operation}`, Buffer.from(JSON.stringify(input)))
  }

  async send(target: string, body: Uint8Array): Promise<Reply> {
    const sent = request(this.endpoint, { method: 'POST', agent: this.#agent, headers: this.headers(target, body) })
    sent.end(body)
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    const chunks: Buffer[] = []
    for await (const chunk of answer) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString()
    const requestId = String(answer.headers['x-amzn-requestid'])
    return { status: answer.statusCode ?? 0, requestId, text, body: parsed(text) }
  }

  /** The members of a successful answer; throws for any other. */
  async ok<T = Record<string, string>>(operation: OperationName, input: object): Promise<T> {
    const { status, text, body } = await this.call(operation, input)
    if (status !== 200) throw new Error(`${operation} failed: ${text}`)
    return body as T
  }

  /** The code of an error; throws for a success. */
  async fault(operation: OperationName, input: object): Promise<string> {
    const { status, body } = await this.call(operation, input)
    if (status === 200) throw new Error(`${operation} succeeded`)
    return String(body['__type'])
  }

  async createKey(input: object = {}): Promise<string> {
    return (await this.ok<{ KeyMetadata: { KeyId: string } }>('CreateKey', input)).KeyMetadata.KeyId
  }

  async keyState(keyId: string): Promise<string> {
    const { KeyMetadata } = await this.ok<{ KeyMetadata: { KeyState: string } }>('DescribeKey', { KeyId: keyId })
    return KeyMetadata.KeyState
  }

  /** What makes a request to `target` with `body` genuine. All of `headers` are signed too. */
  headers(target: string, body: Uint8Array, headers: Record<string, string> = {}): Record<string, string> {
    const named = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target, ...headers }
    const scope = { region: this.#region, service: 'kms', time: new Date() }
    return signRequest(
      { method: 'POST', url: this.endpoint, headers: named, body },
      this.#credentials,
      scope,
      signingHash,
    )
  }

  /** A whole signed request as its bytes. */
  wire(operation: OperationName, body: Uint8Array): Buffer {
    const headers = { ...this.headers(`${KMS.targetPrefix}.${operation}`, body), 'content-length': body.byteLength }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    return Buffer.concat([Buffer.from(`POST / HTTP/1.1\r\n${lines.join('')}\r\n`), body])
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
  }
}

function parsed(text: string): Record<string, unknown> {
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
}
