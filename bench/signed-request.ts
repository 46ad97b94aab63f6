import { createHash, createHmac } from 'node:crypto'
import { type Secret, signRequest } from '@keyhold/protocol'

const hash = {
  sha256Hex: (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex'),
  hmac: (key: string | Uint8Array, data: string): Uint8Array => createHmac('sha256', key).update(data).digest(),
}

interface Signer {
  accessKeyId: string
  secretAccessKey: string | Secret
  region: string
}

/** The bytes of one signed KMS request. It is valid for five minutes. */
export function signedRequest(port: number, operation: string, input: object, signer: Signer): Buffer {
  const body = Buffer.from(JSON.stringify(input))
  const url = new URL(`http://127.0.0.1:${port}/`)
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': `TrentService.${operation}`,
    'content-length': String(body.byteLength),
  }
  const target = { region: signer.region, service: 'kms', time: new Date() }
  const signed = signRequest({ method: 'POST', url, headers, body }, signer, target, hash)
  const lines = Object.entries(signed).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.concat([Buffer.from(`POST / HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'), body])
}

/** Makes one signed call and returns its answer. */
export async function signedCall(
  port: number,
  operation: string,
  input: object,
  signer: Signer,
): Promise<Record<string, unknown>> {
  const [head = '', body = ''] = signedRequest(port, operation, input, signer).toString('latin1').split('\r\n\r\n')
  const headers = head
    .split('\r\n')
    .slice(1)
    .map((line) => line.split(': ') as [string, string])
  const usable = headers.filter(([name]) => name !== 'host' && name !== 'content-length')
  const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers: usable, body })
  if (!answer.ok) throw new Error(`${operation}: ${await answer.text()}`)
  return (await answer.json()) as Record<string, unknown>
}
