import assert from 'node:assert/strict'
import { type Credentials, SERVICES, signRequest } from '@keyhold/protocol'
import { signingHash } from '../../../../src/crypto/hmac.ts'
import { dev } from '../../../../src/index.ts'
import type { DevOptions, DevServer, RunningServer } from '../../../../src/index.ts'
import { KmsClient } from './client.ts'

export const DAY_SECONDS = 86_400

/** A development server that ends with its scope. */
export function started(options: Partial<DevOptions> = {}): Promise<DevServer> {
  return dev({ port: 0, logLevel: 'silent', ...options })
}

/** The holder of this account, in one Region. */
export function clientOf(server: RunningServer, account = '000000000000', region = 'eu-central-1'): KmsClient {
  return new KmsClient(server.endpoint, { accessKeyId: account, secretAccessKey: 'anything' }, region)
}

/** Moves time; answers what the server then takes for the time, in seconds since the epoch. */
export async function advance(server: RunningServer, advanceSeconds: number): Promise<number> {
  const answer = await fetch(`${server.endpoint}/dev/clock`, {
    method: 'POST',
    body: JSON.stringify({ advanceSeconds }),
  })
  assert.equal(answer.status, 200)
  return ((await answer.json()) as { now: number }).now
}

export function now(server: RunningServer): Promise<number> {
  return advance(server, 0)
}

/** The text of a successful answer of IAM or STS. */
export async function query(
  server: RunningServer,
  service: 'iam' | 'sts',
  form: Record<string, string>,
  as: Credentials,
): Promise<string> {
  const url = new URL(server.endpoint)
  const Version = SERVICES[service].model.apiVersion
  const body = Buffer.from(new URLSearchParams({ ...form, Version }).toString())
  const named = { 'content-type': 'application/x-www-form-urlencoded' }
  const scope = { region: 'us-east-1', service, time: new Date() }
  const headers = signRequest({ method: 'POST', url, headers: named, body }, as, scope, signingHash)
  const answer = await fetch(url, { method: 'POST', headers, body })
  const text = await answer.text()
  assert.equal(answer.status, 200, text)
  return text
}

/** Those that an answer of IAM or STS makes known. */
export function credentialsIn(answer: string): Credentials {
  const member = (name: string): string | undefined => new RegExp(`<${name}>(.*?)</${name}>`, 's').exec(answer)?.[1]
  return {
    accessKeyId: member('AccessKeyId') ?? '',
    secretAccessKey: member('SecretAccessKey') ?? '',
    sessionToken: member('SessionToken'),
  }
}
