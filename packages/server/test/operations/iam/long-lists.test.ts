import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { ACCOUNT, OTHER_ACCOUNT, rootOf, TestService } from '../../support/service.ts'
import { listOf } from './support.ts'

/** Lists of an account with many users and roles, which others must not wait for. */

const USERS = 200
const ROLES = 60
/** Fewer than an account may change in a second. */
const AT_ONCE = 40

let service: TestService
before(async () => {
  service = await TestService.open('on', { rateWorkers: 1 })
  for (let made = 0; made < USERS + ROLES; made++) {
    if (made % AT_ONCE === 0) service.clock.advance(1000)
    await (made < USERS ? service.iam('CreateUser', { UserName: `u${made}` }) : addRole(made))
  }
  service.clock.advance(1000)
})
after(() => service[Symbol.asyncDispose]())

/** Its document is three times as long when it is shown. */
function addRole(number: number): Promise<unknown> {
  const Condition = { StringEquals: { 'aws:x': '<'.repeat(1700) } }
  const Principal = { AWS: `arn:aws:iam::${ACCOUNT}:root` }
  const Statement = { Effect: 'Allow', Principal, Action: 'sts:AssumeRole', Condition }
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  return service.iam('CreateRole', { RoleName: `r${number}`, AssumeRolePolicyDocument })
}

test('a page ends before it has the documents of too many roles, and the next goes on there', async () => {
  const seen: string[] = []
  let Marker: string | undefined
  let pages = 0
  do {
    const page = await service.iam<{ Roles: unknown; Marker?: string }>('ListRoles', { MaxItems: 1000, Marker })
    const text = JSON.stringify(page)
    assert.ok(text.length < 300 * 1024, `a page of ${text.length} characters`)
    seen.push(...listOf<{ RoleName: string }>(page.Roles).map(({ RoleName }) => RoleName))
    Marker = page.Marker
    pages += 1
  } while (Marker !== undefined)
  assert.equal(new Set(seen).size, ROLES)
  assert.equal(seen.length, ROLES)
  assert.ok(pages > 1)
})

test('a list that shows nothing of many lets others in between', async () => {
  let turns = 0
  const ended = new AbortController()
  const counting = (async () => {
    for (; !ended.signal.aborted; turns++) await setImmediate()
  })()
  await service.iam('ListUsers', { PathPrefix: '/none/' })
  ended.abort()
  await counting
  assert.ok(turns > USERS / 25, `${turns} turns of the event loop`)
})

test('an account pays for what its lists read, also where they show nothing, and others do not', async () => {
  service.clock.advance(1000)
  const ask = (): Promise<unknown> => service.iam('ListUsers', { PathPrefix: '/none/' })
  const asking = async (): Promise<void> => {
    for (let asked = 0; asked < 40; asked++) await ask()
  }
  await assert.rejects(asking, /Throttling/)
  await service.iam('ListUsers', {}, rootOf(OTHER_ACCOUNT))
  service.clock.advance(1000)
  await ask()
})

test('who has a policy is looked up a few in each turn of the event loop, after they are listed', async () => {
  const PolicyArn = 'arn:aws:iam::aws:policy/IAMReadOnlyAccess'
  for (let index = 0; index < 60; index++) {
    if (index % AT_ONCE === 0) service.clock.advance(1000)
    await service.iam('AttachUserPolicy', { UserName: `u${index}`, PolicyArn })
  }
  service.clock.advance(1000)
  const { slices } = service.services.directory
  const { next } = slices
  let turns = 0
  slices.next = () => {
    turns += 1
    return next.call(slices)
  }
  const { PolicyUsers } = await service.iam<{ PolicyUsers: unknown }>('ListEntitiesForPolicy', { PolicyArn })
  slices.next = next
  assert.equal(listOf(PolicyUsers).length, 60)
  assert.ok(turns >= 4, `${turns} turns`)
})
