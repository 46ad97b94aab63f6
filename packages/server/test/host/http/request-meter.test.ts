import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Outcome, RESULTS } from '../../../src/execution/outcome.ts'
import { countedRefusals, measured, REFUSALS, REQUEST_SECONDS, REQUESTS } from '../../../src/host/http/request-meter.ts'
import { KeptMetrics } from '../../../src/host/admin/kept-metrics.ts'
import { prometheusText } from '../../../src/host/admin/prometheus.ts'
import type { RawRequest } from '../../../src/identity/authentication/raw-request.ts'
import { silentLogger } from '../../support/silent-logger.ts'

const REQUEST = {} as RawRequest
const ANSWER = { status: 200, body: { bytes: new Uint8Array(), wipe: () => undefined } }

function meter(): { metrics: KeptMetrics; values(name: string): Promise<string[]> } {
  const metrics = new KeptMetrics([REQUESTS, REQUEST_SECONDS, REFUSALS], silentLogger)
  const values = async (name: string): Promise<string[]> =>
    (await prometheusText(await metrics.families())).split('\n').filter((line) => line.startsWith(name))
  return { metrics, values }
}

test('requests are counted by service, operation and result, and their time by the first two', async () => {
  const { metrics, values } = meter()
  let nowMs = 0
  const outcomes: Outcome[] = [
    { service: 'kms', operation: 'Encrypt', result: 'success' },
    { service: 'kms', operation: 'Encrypt', result: 'success' },
    { service: 'kms', operation: 'Encrypt', result: 'denied' },
    { service: 'iam', operation: 'GetUser', result: 'not_found' },
  ]
  let next = 0
  const handle = measured(
    () => {
      nowMs += 20
      return Promise.resolve({ ...ANSWER, outcome: outcomes[next++]! })
    },
    metrics,
    { monotonic: () => nowMs },
  )
  for (const _ of outcomes) await handle(REQUEST)
  assert.deepEqual(await values('keyhold_requests_total'), [
    'keyhold_requests_total{service="kms",operation="Encrypt",result="success"} 2',
    'keyhold_requests_total{service="kms",operation="Encrypt",result="denied"} 1',
    'keyhold_requests_total{service="iam",operation="GetUser",result="not_found"} 1',
  ])
  const count = 'keyhold_request_duration_seconds_count{service="kms",operation="Encrypt"}'
  assert.deepEqual(await values(count), [`${count} 3`])
  const bucket = 'keyhold_request_duration_seconds_bucket{service="kms",operation="Encrypt",le="0.025"}'
  assert.deepEqual(await values(bucket), [`${bucket} 3`])
})

test('an answer to something else than a request to a service is not counted', async () => {
  const { metrics, values } = meter()
  await measured(() => Promise.resolve(ANSWER), metrics, { monotonic: () => 0 })(REQUEST)
  assert.deepEqual(await values('keyhold_requests_total'), [])
})

test('the answer is what the handler gave', async () => {
  const { metrics } = meter()
  const answer = { ...ANSWER, outcome: { service: 'kms', operation: 'Encrypt', result: 'success' } as const }
  assert.equal(await measured(() => Promise.resolve(answer), metrics, { monotonic: () => 0 })(REQUEST), answer)
})

test('refusals of the listener are counted by their code', async () => {
  const { metrics, values } = meter()
  const refused = countedRefusals(metrics)
  refused('TooManyConnections')
  refused('TooManyConnections')
  refused('TlsHandshakeFailed')
  assert.deepEqual(await values('keyhold_connection_refusals_total'), [
    'keyhold_connection_refusals_total{code="TooManyConnections"} 2',
    'keyhold_connection_refusals_total{code="TlsHandshakeFailed"} 1',
  ])
})

test('every result is explained', () => {
  for (const [result, sentence] of Object.entries(RESULTS)) {
    assert.match(result, /^[a-z_]+$/)
    assert.match(sentence, /\.$/)
  }
})
