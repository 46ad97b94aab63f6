import type { Status } from '@keyhold/server'
import { properties } from '../../terminal/table.ts'

type Pair = readonly [name: string, value: string]

/** How a server is, for people. A line for everything that is known; ends with a line break. */
export function report(admin: string, status: Status): string {
  return properties([
    ...serverPairs(admin, status),
    ...sealPairs(status),
    ...healthPairs(status),
    ...requestPairs(status),
    ...keyPairs(status),
    ...domainPairs(status),
    ...storagePairs(status),
  ])
}

function serverPairs(
  admin: string,
  { version, processId, startedAt, uptimeSeconds, listeners, certificates }: Status,
): Pair[] {
  return [
    ['Server', `Keyhold ${version}, process ${processId}`],
    ['Up', `${span(uptimeSeconds)}, since ${startedAt}`],
    ['Listens', listeners.length === 0 ? 'not yet' : listeners.join(', ')],
    ['Admin', admin],
    ...certificates.map(({ name, expiresAt }): Pair => ['Certificate', `${name}, expires ${expiresAt}`]),
  ]
}

/** Since when the server is sealed. Why is among its checks. */
function sealPairs({ seal: { state, since } }: Status): Pair[] {
  return state === 'open' ? [] : [['Root', `${state}, since ${since}`]]
}

/** What is wrong has a line each. */
function healthPairs({ health: { ready, checks } }: Status): Pair[] {
  const wrong = checks.filter(({ ok }) => !ok)
  return [
    ['Ready', ready ? 'yes' : 'no'],
    ...wrong.map(({ name, required, reason = '' }): Pair => [required ? 'Not ready' : 'Warning', `${name}: ${reason}`]),
  ]
}

function requestPairs({ requests, requestsWaiting, connections, uptimeSeconds, eventLoopDelay }: Status): Pair[] {
  const all = Object.values(requests).reduce((sum, count) => sum + count, 0)
  const results = Object.entries(requests).map(([result, count]) => `${count} ${result.replaceAll('_', ' ')}`)
  const rate = uptimeSeconds > 0 ? `, ${(all / uptimeSeconds).toFixed(1)} a second` : ''
  return [
    ['Requests', all === 0 ? 'none' : `${results.join(', ')}${rate}`],
    ['Waiting', `${requestsWaiting} requests, ${connections} connections open`],
    ...(eventLoopDelay ? [['Loop delay', `${milliseconds(eventLoopDelay.p99Seconds)} (p99)`] as Pair] : []),
  ]
}

function keyPairs({ keys }: Status): Pair[] {
  if (keys === undefined) return [['Keys', 'not counted yet']]
  const { states, nextDeletionAt, overdueDeletions, rotating, nextRotationAt, nextMaterialExpiryAt, countedAt } = keys
  const counts = Object.entries(states).map(([state, count]) => `${count} ${state}`)
  const dated = (name: string, at: string | undefined): Pair[] => (at === undefined ? [] : [[name, at]])
  return [
    ['Keys', `${counts.length === 0 ? 'none' : counts.join(', ')}, counted ${countedAt}`],
    ...dated('Next deletion', nextDeletionAt),
    ...(overdueDeletions > 0 ? [['Overdue', `${overdueDeletions} deletions`] as Pair] : []),
    ...(rotating > 0 ? [['Rotating', `${rotating} keys, next ${nextRotationAt ?? 'unknown'}`] as Pair] : []),
    ...dated('Next expiry', nextMaterialExpiryAt),
  ]
}

function domainPairs({ domainKeys = [] }: Status): Pair[] {
  if (domainKeys.length === 0) return []
  const keys = domainKeys.map(({ domain, generation, ageSeconds, retired }) => {
    const older = retired === 0 ? '' : `, ${retired} older not destroyed yet`
    return `${domain} ${generation} (${span(ageSeconds)} old${older})`
  })
  return [['Domain keys', keys.join(', ')]]
}

function storagePairs({ audit, disk }: Status): Pair[] {
  const size = (bytes: number | undefined): string => (bytes === undefined ? 'size not measured yet' : bytesFor(bytes))
  return [
    ['Audit log', `${size(audit.bytes)}, ${audit.waiting} records wait, for ${milliseconds(audit.lagSeconds)}`],
    ['Database', size(disk.databaseBytes)],
    [
      'Disk',
      `${bytesFor(disk.freeBytes)} free${disk.daysLeft === undefined ? '' : `, full in ${daysFor(disk.daysLeft)}`}`,
    ],
  ]
}

function milliseconds(seconds: number): string {
  return `${(seconds * 1000).toFixed(0)} ms`
}

function daysFor(days: number): string {
  return days < 1 ? 'less than a day' : `${Math.floor(days)} days as it grows now`
}

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

function bytesFor(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10))
  return `${(bytes / 2 ** (10 * power)).toFixed(power === 0 ? 0 : 1)} ${UNITS[power]}`
}

/** The two largest units of a length of time: `3 d 4 h`. */
function span(seconds: number): string {
  const units: [string, number][] = [
    ['d', Math.floor(seconds / 86_400)],
    ['h', Math.floor(seconds / 3600) % 24],
    ['min', Math.floor(seconds / 60) % 60],
    ['s', Math.floor(seconds) % 60],
  ]
  const first = units.findIndex(([, count]) => count > 0)
  const shown = first < 0 ? units.slice(-1) : units.slice(first, first + 2)
  return shown.map(([unit, count]) => `${count} ${unit}`).join(' ')
}
