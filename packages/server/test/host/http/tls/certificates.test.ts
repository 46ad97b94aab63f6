import assert from 'node:assert/strict'
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import type { TlsOptions } from 'node:tls'
import { Certificates } from '../../../../src/host/http/tls/certificates.ts'
import { type Watch, watchCertificates } from '../../../../src/host/http/tls/watch.ts'
import { type ManualClock, manualClock } from '../../../support/manual-clock.ts'
import { CertificateFolder, Lines } from './folder.ts'

const folder = new CertificateFolder()
const NOW = Date.UTC(2030, 0, 1)
const DAY_MS = 86_400_000
const during = (fromDays: number, toDays: number): { notBefore: Date; notAfter: Date } => ({
  notBefore: new Date(NOW + fromDays * DAY_MS),
  notAfter: new Date(NOW + toDays * DAY_MS),
})

interface Opened {
  certificates: Certificates
  clock: ManualClock
  lines: Lines
  renewed: TlsOptions[]
}

async function open(...names: string[]): Promise<Opened> {
  const [clock, lines, renewed] = [manualClock(NOW), new Lines(), [] as TlsOptions[]]
  const files = {
    certificates: names.map((name) => folder.file(`${name}.crt`)),
    keys: names.map((name) => folder.file(`${name}.key`)),
  }
  const certificates = await Certificates.open(files, { clock, logger: lines })
  certificates.follow((options) => renewed.push(options))
  return { certificates, clock, lines, renewed }
}

async function look({ clock, watch }: Watched, times: number): Promise<void> {
  for (let looked = 0; looked < times; looked += 1) {
    clock.advance(10_000)
    await watch.looked()
  }
}

interface Watched extends Opened {
  watch: Watch
}

async function watched(...names: string[]): Promise<Watched> {
  const opened = await open(...names)
  return { ...opened, watch: watchCertificates(opened.certificates, { clock: opened.clock, logger: opened.lines }) }
}

const namesOf = ({ certificates }: Opened): string[] => certificates.status().flatMap(({ names }) => names)

test('a server does not start with certificates that are all outside of their time, and starts with one that is not', async () => {
  folder.issue('past', during(-10, -1))
  folder.issue('future', during(1, 10))
  folder.issue('present')
  await assert.rejects(open('past'), {
    name: 'CertificateError',
    message: /past\.crt expired at 2029-12-31T00:00:00Z\. Renew/,
  })
  await assert.rejects(open('future'), {
    message: /not valid before 2030-01-02T00:00:00Z\. Check the clock .* 2030-01-01/,
  })
  await assert.rejects(open('past', 'future'), { message: /past\.crt expired/ })
  const { lines } = await open('past', 'present')
  assert.deepEqual(lines.take(), ['error: a TLS certificate is not within its time: clients refuse it, so renew it'])
})

test('files are read again when another file takes their name, when they are written to, and when a link is moved', async () => {
  for (const version of ['a', 'b', 'c']) {
    mkdirSync(folder.file(version))
    folder.issue(`${version}/tls`, { names: [`${version}.test`] })
  }
  symlinkSync('a', folder.file('current'))
  const opened = await watched('current/tls')
  const swap = (target: string): void => {
    symlinkSync(target, folder.file('next'))
    renameSync(folder.file('next'), folder.file('current'))
  }
  await look(opened, 2)
  assert.deepEqual([namesOf(opened), opened.renewed.length], [['a.test'], 0])
  swap('b')
  await look(opened, 1)
  assert.deepEqual([namesOf(opened), opened.renewed.length], [['b.test'], 1])
  folder.issue('b/tls', { names: ['again.test'] })
  await look(opened, 1)
  assert.deepEqual([namesOf(opened), opened.renewed.length], [['again.test'], 2])
  opened.watch.stop()
  swap('c')
  await look(opened, 2)
  assert.deepEqual(namesOf(opened), ['again.test'])
  assert.deepEqual(opened.lines.take(), [
    'info: the TLS certificates were renewed',
    'info: the TLS certificates were renewed',
  ])
})

test('a set that cannot be used is refused as a whole, what is in use stays, and it is said once for each set', async () => {
  folder.issue('kept')
  folder.issue('second')
  const opened = await watched('kept', 'second')
  const before = opened.certificates.status()
  const renew = folder.issue.bind(folder)
  const spoil: (() => unknown)[] = [
    () => renew('kept', during(-10, -1)),
    () => writeFileSync(folder.file('second.key'), 'junk'),
    () => renew('second', during(1, 2)),
  ]
  for (const act of spoil) {
    act()
    await look(opened, 1)
    assert.deepEqual(opened.lines.take(), [], 'said before it was certain')
    await look(opened, 3)
    assert.deepEqual(opened.lines.take(), ['error: the new TLS certificates cannot be used: those in use stay'])
  }
  assert.deepEqual(opened.certificates.status(), before)
  assert.equal(opened.renewed.length, 0)
  const refused = await opened.certificates.renew()
  assert.equal(refused.outcome, 'refused')
  renew('kept')
  renew('second')
  await look(opened, 1)
  assert.equal(opened.renewed.length, 1)
  assert.deepEqual(opened.lines.take(), ['info: the TLS certificates were renewed'])
})

test('files that are replaced one after another are wrong for a moment, of which nothing is said', async () => {
  folder.issue('halves')
  const opened = await watched('halves')
  folder.issue('new-halves')
  renameSync(folder.file('new-halves.crt'), folder.file('halves.crt'))
  await look(opened, 1)
  assert.deepEqual(namesOf(opened), ['halves.test'])
  renameSync(folder.file('new-halves.key'), folder.file('halves.key'))
  await look(opened, 1)
  assert.deepEqual(namesOf(opened), ['new-halves.test'])
  assert.deepEqual(opened.lines.take(), ['info: the TLS certificates were renewed'])
})

test('other files can be named, but not whether clients must have a certificate', async () => {
  const [one, two] = [folder.issue('named-one'), folder.issue('named-two')]
  const opened = await open('named-one')
  const files = { certificates: [two.certificate], keys: [two.key] }
  assert.deepEqual(await opened.certificates.renew(files), { outcome: 'renewed' })
  assert.deepEqual(namesOf(opened), ['named-two.test'])
  assert.deepEqual(await opened.certificates.renew(files), { outcome: 'unchanged' })
  const refused = await opened.certificates.renew({ ...files, clientAuthorities: one.certificate })
  assert.deepEqual(refused, {
    outcome: 'refused',
    why: 'Whether clients must have a certificate changes at a restart only.',
  })
})

test('files that are named during a look, or a look during their reading, are those in use at the end', async () => {
  const named = ['before', 'after'].map((name) => folder.issue(name))
  const [before, after] = named.map(({ certificate, key }) => ({ certificates: [certificate], keys: [key] }))
  assert.ok(before && after)
  for (const turns of [0, 1, 2, 5, 20]) {
    const opened = await open('before')
    const renewing = opened.certificates.renew(after)
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve()
    const looked = opened.certificates.renew()
    assert.deepEqual([await renewing, await looked], [{ outcome: 'renewed' }, { outcome: 'unchanged' }])
    assert.deepEqual(namesOf(opened), ['after.test'])
  }
})

test('that a certificate expires is said 30, 7 and 1 days before, and at its end, once each', async () => {
  folder.issue('ending', during(-1, 40))
  folder.issue('lasting')
  const opened = await watched('ending', 'lasting')
  const said: [day: number, text: string][] = []
  for (let hour = 0; hour < 42 * 24; hour += 1) {
    opened.clock.advance(3_600_000)
    for (const [level, , fields] of opened.lines.all.splice(0)) {
      said.push([
        Math.ceil((hour + 1) / 24),
        `${level} ${String(fields?.['withinDays'] ?? 'expired')} ${String(fields?.['names'])}`,
      ])
    }
  }
  assert.deepEqual(said, [
    [10, 'warn 30 ending.test'],
    [33, 'warn 7 ending.test'],
    [39, 'warn 1 ending.test'],
    [40, 'error expired ending.test'],
  ])
  folder.issue('soon', during(-1, 5))
  const soon = await watched('soon')
  assert.deepEqual(soon.lines.take(), ['warn: a TLS certificate expires soon: renew it'])
})

test('the keys that seal sessions are replaced each day', async () => {
  folder.issue('daily')
  const opened = await watched('daily')
  opened.clock.advance(DAY_MS - 1)
  assert.equal(opened.renewed.length, 0)
  opened.clock.advance(1)
  assert.equal(opened.renewed.length, 1)
})
