import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { folder } from '../../../../../tools/testing/folder.ts'
import { needs } from '../../../../../tools/testing/needs.ts'
import { KeptMetrics } from '../../../src/host/admin/kept-metrics.ts'
import { METRICS, readFacts } from '../../../src/host/admin/metrics-table.ts'
import { prometheusText } from '../../../src/host/admin/prometheus.ts'
import { REFUSALS, REQUEST_SECONDS, REQUESTS } from '../../../src/host/http/request-meter.ts'
import { silentLogger } from '../../support/silent-logger.ts'
import { watched } from './watched.ts'

const MONITORING = join(import.meta.dirname, '../../../../../monitoring')
const read = (name: string): string => readFileSync(join(MONITORING, name), 'utf8')

interface Panel {
  title: string
  targets?: { expr: string }[]
}

function promtool(...args: string[]): void {
  const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: MONITORING, encoding: 'utf8' })
  assert.equal(status, 0, `${stdout}${stderr}`)
  assert.equal(stderr, '')
}

/** Every metric that a text names, without what Prometheus adds to the names of histograms. */
function named(text: string): string[] {
  const names = text.match(/\b(?:keyhold|process|nodejs)_[a-z_0-9]+/g) ?? []
  return [...new Set(names)].map((name) => name.replace(/_(bucket|sum|count)$/, '')).toSorted()
}

const dashboard = JSON.parse(read('dashboard.json')) as { panels: Panel[] }
const expressions = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
const alerts = [...read('alerts.yml').matchAll(/^ +- alert: (\w+)$/gm)].map(([, name = '']) => name)

test('every metric that the dashboard and the alert rules name is one of the server', () => {
  const known = new Set(METRICS.map(({ name }) => name))
  const used = named(`${read('alerts.yml')}${read('alerts.test.yml')}${expressions.join('\n')}`)
  assert.ok(used.length > 20)
  assert.deepEqual(
    used.filter((name) => !known.has(name)),
    [],
  )
})

test('every metric is on the dashboard or in an alert, or says what others mean', () => {
  const used = new Set(named(`${read('alerts.yml')}${expressions.join('\n')}`))
  const unused = METRICS.map(({ name }) => name).filter((name) => !used.has(name))
  assert.deepEqual(unused.toSorted(), [
    'keyhold_audit_lines_total',
    'keyhold_keys_rotating',
    'keyhold_unconfirmed_stops',
    'process_start_time_seconds',
  ])
})

test('every alert has a test, and names are of one kind', () => {
  assert.deepEqual(
    [...read('alerts.test.yml').matchAll(/^ {2}- name: (\w+)$/gm)].map(([, name]) => name),
    alerts,
  )
  for (const { name, kind, help, labels } of METRICS) {
    assert.equal(name.endsWith('_total'), kind === 'counter', name)
    assert.match(help, /^[A-Z1].*\.$/s, name)
    for (const meaning of Object.values(labels)) assert.ok(meaning.length > 3, name)
  }
})

test(
  'promtool finds nothing wrong with the alert rules, and each is silent and fires when it should',
  { skip: needs('promtool') },
  () => {
    promtool('check', 'rules', 'alerts.yml')
    promtool('test', 'rules', 'alerts.test.yml')
  },
)

test('promtool reads every expression of the dashboard', { skip: needs('promtool') }, async () => {
  await using at = await folder()
  const rules = expressions.map((expr, n) => ({
    record: `panel:${n}`,
    expr: expr.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*'),
  }))
  // JSON is YAML.
  writeFileSync(at.path('panels.yml'), JSON.stringify({ groups: [{ name: 'panels', rules }] }))
  promtool('check', 'rules', at.path('panels.yml'))
})

test('promtool finds nothing wrong with what a server writes', { skip: needs('promtool') }, async () => {
  const metrics = new KeptMetrics(METRICS, silentLogger)
  readFacts(watched({ certificates: () => [{ name: 'a "quoted"\nname', notAfterMs: 1000 }] }), metrics)
  metrics.counter(REQUESTS, { service: 'kms', operation: 'Encrypt', result: 'success' }).add()
  metrics.histogram(REQUEST_SECONDS, { service: 'kms', operation: 'Encrypt' }).observe(0.003)
  metrics.counter(REFUSALS, { code: 'TooManyRequests' }).add()
  const input = await prometheusText(await metrics.families())
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' })
  assert.deepEqual([status, stdout, stderr], [0, '', ''])
})
