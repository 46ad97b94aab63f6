import { formatAmzDate } from '@keyhold/protocol'
import type { Attack } from './attack.ts'
import { flood } from './flood.ts'

const PARAMETERS = 7500

/** Without credentials: signatures in queries of thousands of parameters, none of which can be decoded. */
export const brokenQueries: Attack<Uint8Array> = {
  prepare: async () => broken(new Date()),
  run: (request, port) => flood({ port, request, connections: 4, everyMs: 50 }),
}

function broken(now: Date): Uint8Array {
  const time = formatAmzDate(now)
  const query = [
    'X-Amz-Algorithm=AWS4-HMAC-SHA256',
    `X-Amz-Credential=AKIAXXXXXXXXXXXXXXXX/${time.slice(0, 8)}/eu-central-1/sts/aws4_request`,
    `X-Amz-Date=${time}`,
    'X-Amz-Expires=604800',
    'X-Amz-SignedHeaders=host',
    'X-Amz-Security-Token=t',
    `X-Amz-Signature=${'0'.repeat(64)}`,
    ...Array.from({ length: PARAMETERS }, () => '%'),
  ]
  return Buffer.from(`GET /?${query.join('&')} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 'latin1')
}
