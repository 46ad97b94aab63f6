import { signedRequest } from '../signed-request.ts'
import type { Attack } from './attack.ts'
import { flood } from './flood.ts'

const CONNECTIONS = 8
const TOKEN_BYTES = 600

/** Without credentials: session tokens of generations that there are not. */
export const sessionTokens: Attack<Uint8Array[]> = {
  prepare: async ({ port }) => Array.from({ length: CONNECTIONS }, (_, index) => request(port, 2 + index)),
  async run(requests, port) {
    await Promise.all(requests.map((one) => flood({ port, request: one, connections: 1, everyMs: 5 })))
  },
}

function request(port: number, generation: number): Uint8Array {
  const token = Buffer.alloc(TOKEN_BYTES, 1)
  token.writeUInt32BE(generation)
  const signer = { accessKeyId: 'ASIAXXXXXXXXXXXXXXXX', secretAccessKey: 'x'.repeat(40), region: 'eu-central-1' }
  return signedRequest(port, 'ListKeys', {}, { ...signer, sessionToken: token.toString('base64') })
}
