import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { cleanEnvironment } from './vault.ts'

type Members = Record<string, unknown>

/** What a KMS answers to an operation: an answer's members, or a refusal. */
export type Script = Readonly<Record<string, (input: Members) => Members>>

/** Thrown by a script for the service to refuse with. */
export class Refusal extends Error {
  readonly code: string

  constructor(code: string, message = '') {
    super(message)
    this.code = code
  }
}

export interface ScriptedKms extends AsyncDisposable {
  env: NodeJS.ProcessEnv
  /** Every call so far. */
  calls: { operation: string; input: Members; region: string }[]
}

/** A KMS on the loopback interface that answers by a script, for what only AWS or a later server does. */
export async function scriptedKms(script: Script): Promise<ScriptedKms> {
  const calls: ScriptedKms['calls'] = []
  const server = createServer((request, response) => {
    const region = /Credential=[^/]*\/[^/]*\/([^/]*)/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    const answer = async (): Promise<void> => {
      const { operation, input } = asked(request.headers['x-amz-target'], await text(request))
      calls.push({ operation, input, region })
      const { status, body } = outcome(script, operation, input)
      response.writeHead(status, { 'Content-Type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body))
    }
    void answer()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    env: environment((server.address() as AddressInfo).port),
    calls,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** STS's calls are forms. Its answers are XML, but what is not in the script is refused in any form. */
function asked(target: string | string[] | undefined, body: string): { operation: string; input: Members } {
  if (target === undefined) return { operation: new URLSearchParams(body).get('Action') ?? '', input: {} }
  return { operation: String(target).replace('TrentService.', ''), input: JSON.parse(body) as Members }
}

function outcome(script: Script, operation: string, input: Members): { status: number; body: Members } {
  try {
    const answer = script[operation]
    if (answer === undefined) throw new Refusal('UnsupportedOperationException', `${operation} is not in the script.`)
    return { status: 200, body: answer(input) }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { status: 400, body: { __type: error.code, message: error.message } }
  }
}

function environment(port: number): NodeJS.ProcessEnv {
  return {
    ...cleanEnvironment(),
    AWS_ACCESS_KEY_ID: 'any',
    AWS_SECRET_ACCESS_KEY: 'any',
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL_KMS: `http://127.0.0.1:${port}`,
  }
}
