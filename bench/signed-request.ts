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
  sessionToken?: string
}

/** The bytes of one signed KMS request. It is valid for five minutes. */
export function signedRequest(port: number, operation: string, input: object, signer: Signer): Buffer {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `TrentService.${operation}` }
  return signedBytes(port, 'kms', headers, JSON.stringify(input), signer)
}

/** The bytes of one signed IAM request; `form` is its whole body. */
export function signedForm(port: number, form: string, signer: Signer): Buffer {
  return signedBytes(port, 'iam', { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }, form, signer)
}

function signedBytes(
  port: number,
  service: string,
  named: Record<string, string>,
  text: string,
  signer: Signer,
): Buffer {
  const body = Buffer.from(text)
  const url = new URL(`http://127.0.0.1:${port}/`)
  const headers = { ...named, 'content-length': String(body.byteLength) }
  const target = { region: signer.region, service, time: new Date() }
  const signed = signRequest({ method: 'POST', url, headers, body }, signer, target, hash)
  const lines = Object.entries(signed).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.concat([Buffer.from(`POST / HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'), body])
}

/** Makes one signed call of KMS and returns its answer. */
export async function signedCall(
  port: number,
  operation: string,
  input: object,
  signer: Signer,
): Promise<Record<string, unknown>> {
  return JSON.parse(await answerTo(port, signedRequest(port, operation, input, signer))) as Record<string, unknown>
}

/** Sends the bytes of one request and returns the body of its answer. Throws for any but a successful one. */
export async function answerTo(port: number, request: Buffer): Promise<string> {
  const end = request.indexOf('\r\n\r\n')
  const headers = request
    .toString('latin1', 0, end)
    .split('\r\n')
    .slice(1)
    .map((line) => line.split(': ') as [string, string])
  const usable = headers.filter(([name]) => name !== 'host' && name !== 'content-length')
  const body = request.subarray(end + 4)
  const answer = await fetch(`http://127.0.0.1:${port}/`, {
    method: 'POST',
    headers: usable,
    body: new Uint8Array(body),
  })
  if (!answer.ok) throw new Error(await answer.text())
  return answer.text()
}
