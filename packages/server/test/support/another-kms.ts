import { type IncomingMessage, request, type ServerResponse } from 'node:http'
import { after } from 'node:test'
import type { Credentials } from '@keyhold/protocol'
import { clientOf, started } from '../host/assembly/support/dev.ts'
import type { KmsClient } from '../host/assembly/support/client.ts'
import { serveTls } from './tls-server.ts'

/** Another Keyhold behind TLS, closed after the test file. */
export interface AnotherKms {
  endpoint: string
  /** The same, for calls of the test itself. */
  httpEndpoint: string
  caFile: string
  client: KmsClient
  /** What a server that calls it is given. */
  answers: { awsCredentials(): Promise<Credentials> }
  /** The operations that it was asked for. */
  asked: string[]
  /** Answers in its place, when set. */
  answerInstead: ((response: ServerResponse) => void) | undefined
  newKey(): Promise<{ arn: string; id: string }>
}

const KEY: Credentials = { accessKeyId: '000000000000', secretAccessKey: 'anything' }

export async function anotherKms(): Promise<AnotherKms> {
  const server = await started()
  after(() => server.stop())
  const client = clientOf(server)
  const front = await serveTls((incoming, response) => {
    kms.asked.push(String(incoming.headers['x-amz-target']).replace(/.*\./, ''))
    if (kms.answerInstead === undefined) passOn(server.endpoint, incoming, response)
    else kms.answerInstead(response)
  })
  const kms: AnotherKms = {
    endpoint: `https://127.0.0.1:${front.port}`,
    httpEndpoint: server.endpoint,
    caFile: front.caFile,
    client,
    answers: { awsCredentials: async () => KEY },
    asked: [],
    answerInstead: undefined,
    async newKey() {
      const { KeyMetadata } = await client.ok<{ KeyMetadata: { Arn: string; KeyId: string } }>('CreateKey', {})
      return { arn: KeyMetadata.Arn, id: KeyMetadata.KeyId }
    },
  }
  return kms
}

function passOn(endpoint: string, incoming: IncomingMessage, response: ServerResponse): void {
  const { host: _, ...headers } = incoming.headers
  const outgoing = request(endpoint, { method: 'POST', headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 500, answer.headers)
    answer.pipe(response)
  })
  incoming.pipe(outgoing)
}
