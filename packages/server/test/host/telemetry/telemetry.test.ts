import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { after, before, type TestContext, test } from 'node:test'
import { KMS } from '@keyhold/protocol'
import { foreignProtocol, wantedTelemetry } from '../../../src/host/telemetry/wanted.ts'
import { Vault } from '../assembly/support/vault.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const PARENT = 'b7ad6b7169203331'
const CONTEXT = { tenant: 'nobody-may-see-this' }

let vault: Vault
before(async () => {
  vault = await Vault.create()
})
after(() => vault[Symbol.asyncDispose]())

/** Sets these variables for the time of a test. */
function environment(t: TestContext, variables: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(variables)) {
    process.env[name] = value
    t.after(() => delete process.env[name])
  }
}

/** A collector of OTLP over HTTP, with what it was sent, by path. */
async function collector(t: TestContext, status = 200): Promise<{ endpoint: string; received: Map<string, Buffer[]> }> {
  const received = new Map<string, Buffer[]>()
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = `${request.method} ${request.url} ${request.headers['content-type']}`
    const body = await buffer(request)
    received.set(path, [...(received.get(path) ?? []), body])
    response.writeHead(status, { 'Content-Type': 'application/x-protobuf' }).end()
  }
  const server = createServer((request, response) => void take(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received }
}

interface Field {
  number: number
  bytes?: Buffer
}

/** The fields of a protobuf message (https://protobuf.dev/programming-guides/encoding). Throws for what is none. */
function fieldsOf(message: Buffer): Field[] {
  const fields: Field[] = []
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = message[at++]
      if (byte === undefined || shift > 63) throw new RangeError('no protobuf')
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
  }
  while (at < message.length) {
    const tag = varint()
    const [number, type] = [Math.floor(tag / 8), tag % 8]
    if (type === 0) varint()
    else if (type === 1) at += 8
    else if (type === 5) at += 4
    else if (type === 2) {
      const length = varint()
      fields.push({ number, bytes: message.subarray(at, (at += length)) })
      continue
    } else throw new RangeError('no protobuf')
    fields.push({ number })
  }
  if (at !== message.length) throw new RangeError('no protobuf')
  return fields
}

/** The messages that this path of field numbers leads to. */
function messagesAt(message: Buffer, path: readonly number[]): Buffer[] {
  const [number, ...rest] = path
  if (number === undefined) return [message]
  const inner = fieldsOf(message).flatMap((field) => (field.number === number && field.bytes ? [field.bytes] : []))
  return inner.flatMap((bytes) => messagesAt(bytes, rest))
}

interface ReceivedSpan {
  trace: string
  parent: string
  name: string
  attributes: Record<string, string>
}

/** By the fields of opentelemetry/proto/trace/v1/trace.proto. */
function spansIn(bodies: readonly Buffer[]): ReceivedSpan[] {
  return bodies
    .flatMap((body) => messagesAt(body, [1, 2, 2]))
    .map((span) => ({
      trace: messagesAt(span, [1])[0]?.toString('hex') ?? '',
      parent: messagesAt(span, [4])[0]?.toString('hex') ?? '',
      name: messagesAt(span, [5])[0]?.toString() ?? '',
      attributes: Object.fromEntries(
        messagesAt(span, [9]).map((one) => [
          messagesAt(one, [1])[0]?.toString() ?? '',
          messagesAt(one, [2, 1])[0]?.toString() ?? '',
        ]),
      ),
    }))
}

const TRACES = 'POST /v1/traces application/x-protobuf'
const METRICS = 'POST /v1/metrics application/x-protobuf'

test('each request of a verified caller is a span, below that of the caller, with its outcome and nothing else of it', async (t) => {
  const { endpoint, received } = await collector(t)
  environment(t, { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SERVICE_NAME: 'kms-test' })
  const running = await vault.serve({ admin: 'off' })
  using client = vault.client(running)
  const keyId = await client.createKey()
  const body = Buffer.from(JSON.stringify({ KeyId: keyId, Plaintext: 'dGV4dA==', EncryptionContext: CONTEXT }))
  const headers = { ...client.headers(`${KMS.targetPrefix}.Encrypt`, body), traceparent: `00-${TRACE}-${PARENT}-01` }
  const answer = await fetch(running.endpoint, { method: 'POST', body, headers: headers as Record<string, string> })
  assert.equal(answer.status, 200)
  await client.fault('DescribeKey', { KeyId: 'alias/none' })
  using stranger = vault.client(running, { credentials: { accessKeyId: 'AKIASTRANGER', secretAccessKey: 'guessed' } })
  await stranger.fault('ListKeys', {})
  await running.stop()

  const spans = spansIn(received.get(TRACES) ?? [])
  assert.deepEqual(
    spans.map(({ name, attributes }) => [name, attributes['keyhold.result']]),
    [
      ['kms/CreateKey', 'success'],
      ['kms/Encrypt', 'success'],
      ['kms/DescribeKey', 'not_found'],
    ],
  )
  const encrypt = spans[1]!
  assert.deepEqual([encrypt.trace, encrypt.parent], [TRACE, PARENT])
  assert.equal(encrypt.attributes['aws.request_id'], answer.headers.get('x-amzn-requestid'))
  assert.notEqual(spans[0]!.trace, TRACE)
  const metrics = Buffer.concat(received.get(METRICS) ?? []).toString('latin1')
  const names = (received.get(METRICS) ?? []).flatMap((sent) => messagesAt(sent, [1, 2, 2, 1])).map(String)
  for (const name of ['keyhold_requests_total', 'keyhold_request_duration_seconds', 'keyhold_disk_free_bytes']) {
    assert.ok(names.includes(name), name)
  }
  const all = Buffer.concat([...received.values()].flat()).toString('latin1')
  assert.match(metrics, /kms-test/)
  const { accessKeyId, secretAccessKey } = vault.credentials
  for (const secret of [
    CONTEXT.tenant,
    keyId,
    accessKeyId,
    secretAccessKey,
    'AKIASTRANGER',
    '111122223333',
    'dGV4dA',
  ]) {
    assert.ok(!all.includes(secret), secret)
  }
})

for (const [name, variables, status] of [
  ['does not answer', { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }, 200],
  ['refuses', {}, 500],
] as const) {
  test(`a collector that ${name} harms no request, and does not keep the server from stopping`, async (t) => {
    const { endpoint } = await collector(t, status)
    environment(t, { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_TIMEOUT: '500', ...variables })
    const running = await vault.serve({ admin: 'off' })
    using client = vault.client(running)
    await client.createKey()
    await running.stop()
  })
}

const NOTHING: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'the SDK is disabled': { OTEL_SDK_DISABLED: 'true' },
  'another protocol is asked for': { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
  'neither signal has an exporter': { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none' },
  'nothing is sampled, and metrics are off': { OTEL_TRACES_SAMPLER: 'always_off', OTEL_METRICS_EXPORTER: 'none' },
}

for (const [name, variables] of Object.entries(NOTHING)) {
  test(`nothing is exported where ${name}`, async (t) => {
    const { endpoint, received } = await collector(t)
    environment(t, { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, ...variables })
    const running = await vault.serve({ admin: 'off' })
    using client = vault.client(running)
    await client.createKey()
    await running.stop()
    assert.deepEqual([...received.keys()], [])
  })
}

test('telemetry is wanted where a collector is named, and only what is to go there', () => {
  const endpoint = 'http://127.0.0.1:4318'
  const none = { traces: false, metrics: false }
  assert.deepEqual(wantedTelemetry({}), none)
  assert.deepEqual(wantedTelemetry({ OTEL_EXPORTER_OTLP_ENDPOINT: '' }), none)
  assert.deepEqual(wantedTelemetry({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }), { traces: true, metrics: true })
  assert.deepEqual(wantedTelemetry({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint }), { traces: true, metrics: false })
  assert.deepEqual(wantedTelemetry({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SDK_DISABLED: 'TRUE' }), none)
  const tracesOnly = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_METRICS_EXPORTER: 'prometheus' }
  assert.deepEqual(wantedTelemetry(tracesOnly), { traces: true, metrics: false })
  assert.equal(foreignProtocol({}), undefined)
  assert.equal(foreignProtocol({ OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/json' }), 'http/json')
})
