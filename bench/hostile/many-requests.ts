import { signedCall, signedRequest } from '../signed-request.ts'
import type { Attack } from './attack.ts'
import { flood } from './flood.ts'

const CONNECTIONS = 500

/** Another account calls Encrypt on many connections at once, well within its rate. */
export const manyRequests: Attack<Uint8Array> = {
  async prepare({ port, stranger }) {
    const { KeyMetadata } = await signedCall(port, 'CreateKey', {}, stranger)
    const { KeyId } = KeyMetadata as { KeyId: string }
    return signedRequest(port, 'Encrypt', { KeyId, Plaintext: 'aGVsbG8=' }, stranger)
  },
  run: (request, port) => flood({ port, request, connections: CONNECTIONS }),
}
