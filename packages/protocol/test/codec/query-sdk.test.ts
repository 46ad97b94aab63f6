import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Readable } from 'node:stream'
import * as iam from '@aws-sdk/client-iam'
import * as sts from '@aws-sdk/client-sts'
import * as fc from 'fast-check'
import { operationOf } from '../../src/model/model.ts'
import { queryError } from '../../src/query-errors.ts'
import type { QueryErrorCode } from '../../src/query-errors.ts'
import { Secret } from '../../src/secret.ts'
import { SERVICES } from '../../src/services.ts'
import type { Service } from '../../src/services.ts'
import { comparable, SCALARS, valueOf, withoutSecrets } from '../support/arbitraries.ts'
import type { Scalars } from '../support/arbitraries.ts'

/** Answers carry whole seconds and only characters that XML has; what is nothing but white space the SDK may drop. */
const UNFIT = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu
const text = fc
  .string({ unit: 'binary', maxLength: 40 })
  .map((value) => value.replaceAll(UNFIT, '_'))
  .filter((value) => value.trim() !== '' || value === '')
const XML_SCALARS: Scalars = {
  ...SCALARS,
  string: () => text,
  secretString: () => text.map((value) => Secret.of(new TextEncoder().encode(value))),
  timestamp: () => SCALARS.timestamp().map((date) => new Date(Math.floor((date as Date).getTime() / 1000) * 1000)),
  stringMap: () => fc.dictionary(text, text, { maxKeys: 4 }),
  integerMap: () => fc.dictionary(text, fc.maxSafeInteger(), { maxKeys: 4 }),
}

/** A form cannot say that a list has an element in which nothing is. */
function canBeSent(value: unknown): boolean {
  if (Array.isArray(value)) return value.every((part) => !isEmptyStructure(part) && canBeSent(part))
  return typeof value !== 'object' || value === null || Object.values(value).every(canBeSent)
}

const isEmptyStructure = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0

interface Sent {
  headers: Record<string, string>
  body: string
}
type Command = new (input: object) => never
interface Client {
  service: Service
  sdk: Record<string, unknown>
  Client: new (options: object) => { send(command: never): Promise<object> }
}

const CLIENTS: readonly Client[] = [
  { service: SERVICES.iam, sdk: { ...iam }, Client: iam.IAMClient },
  { service: SERVICES.sts, sdk: { ...sts }, Client: sts.STSClient },
]

/** Sends a command of the official SDK to a transport that answers with `answer`; returns what it sent and understood. */
async function converse({ sdk, Client }: Client, operation: string, input: object, answer: Uint8Array, status = 200) {
  let sent: Sent | undefined
  const requestHandler = {
    handle: (request: Sent) => {
      sent = request
      const body = Readable.from([Buffer.from(answer)])
      return Promise.resolve({ response: { statusCode: status, headers: { 'content-type': 'text/xml' }, body } })
    },
  }
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' }
  const client = new Client({ region: 'us-east-1', credentials, requestHandler, maxAttempts: 1 })
  const { $metadata: _, ...output } = (await client.send(new (sdk[`${operation}Command`] as Command)(input))) as {
    $metadata?: unknown
  }
  return { sent: sent!, output }
}

/** What the SDK calls exceptions whose code is another word. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  NotSupportedService: 'ServiceNotSupported',
  ReportExpired: 'CredentialReportExpired',
  ReportInProgress: 'CredentialReportNotReady',
  ReportNotPresent: 'CredentialReportNotPresent',
}

for (const client of CLIENTS) {
  const { service } = client
  const { model } = service
  for (const operation of Object.keys(model.operations)) {
    const { input, output, errors } = operationOf(model, operation)

    test(`${operation}: the official SDK reads what we write and we read what it writes`, async () => {
      const outputs = output === undefined ? fc.constant({}) : valueOf(model, output, XML_SCALARS)
      await fc.assert(
        fc.asyncProperty(valueOf(model, input, XML_SCALARS).filter(canBeSent), outputs, async (asked, meant) => {
          const { bytes } = service.encodeOutput(operation, output === undefined ? undefined : meant, 'r-1')
          const heard = await converse(client, operation, withoutSecrets(model, input, asked), bytes)
          const request = service.readRequest(undefined, new TextEncoder().encode(heard.sent.body))
          assert.equal(request.operation, operation)
          assert.deepEqual(comparable(request.decodeInput()), comparable(asked))
          const expected = output === undefined ? {} : withoutSecrets(model, output, meant)
          assert.deepEqual(comparable(heard.output), comparable(expected))
        }),
        { numRuns: 12 },
      )
    })

    test(`${operation}: the official SDK raises the exception that each of its errors means`, async () => {
      for (const code of errors) {
        const error = queryError(code as QueryErrorCode, `<${code}> & more`)
        const { status, body } = service.encodeError(error, 'r-1')
        await assert.rejects(converse(client, operation, {}, body.bytes, status), (raised) => {
          assert.ok(raised instanceof Error)
          const Exception = client.sdk[raised.name] as new () => unknown
          assert.ok(raised instanceof Exception && raised.name.startsWith(EXCEPTIONS[code] ?? code), raised.name)
          assert.equal(raised.message, `<${code}> & more`)
          assert.equal((raised as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode, status)
          return true
        })
      }
    })
  }
}
