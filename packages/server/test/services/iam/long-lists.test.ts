import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { readPage } from '../../../src/services/iam/pages.ts'
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

test('who has a policy, and who is in a group, is looked up for one page, a few in each turn of the event loop', async () => {
  const PolicyArn = 'arn:aws:iam::aws:policy/IAMReadOnlyAccess'
  const GroupName = 'many'
  await service.iam('CreateGroup', { GroupName })
  for (let index = 0; index < 60; index++) {
    if (index % (AT_ONCE / 2) === 0) service.clock.advance(1000)
    await service.iam('AttachUserPolicy', { UserName: `u${index}`, PolicyArn })
    await service.iam('AddUserToGroup', { UserName: `u${index}`, GroupName })
  }
  await service.iam('PutUserPermissionsBoundary', { UserName: 'u7', PermissionsBoundary: PolicyArn })
  for (const [operation, input, member] of [
    ['ListEntitiesForPolicy', { PolicyArn }, 'PolicyUsers'],
    ['GetGroup', { GroupName }, 'Users'],
  ] as const) {
    service.clock.advance(1000)
    const all = await work(operation, input)
    assert.equal(listOf(all.answer[member]).length, 60)
    assert.ok(all.turns >= 2, `${all.turns} turns`)
    const seen: string[] = []
    let Marker: string | undefined
    do {
      const { answer, looked } = await work(operation, { ...input, MaxItems: 25, Marker })
      assert.ok(looked <= 30, `${operation} looks at ${looked} users for a page of 25`)
      seen.push(...listOf<{ UserName: string }>(answer[member]).map(({ UserName }) => UserName))
      Marker = answer['Marker'] as string | undefined
    } while (Marker !== undefined)
    assert.equal(new Set(seen).size, 60)
    assert.equal(seen.length, 60)
  }
})

/** What an operation answers, the turns of the event loop that it takes for lists, and the principals that it looks at. */
async function work(
  operation: 'ListEntitiesForPolicy' | 'GetGroup',
  input: object,
): Promise<{ answer: Record<string, unknown>; turns: number; looked: number }> {
  const { directory } = service.services
  const { slices, principal } = directory
  const { next } = slices
  let [turns, looked] = [0, 0]
  slices.next = () => {
    turns += 1
    return next.call(slices)
  }
  directory.principal = (id) => {
    looked += 1
    return principal.call(directory, id)
  }
  try {
    return { answer: await service.iam<Record<string, unknown>>(operation, input), turns, looked }
  } finally {
    slices.next = next
    directory.principal = principal
  }
}

test('a page looks at a thousand items at most, also where it shows none, and the next goes on there', async () => {
  const { services } = service
  const call = { services, caller: rootOf(ACCOUNT), input: { MaxItems: 1000 } }
  const items = Array.from({ length: 2500 }, (_, index) => ({ id: String(index).padStart(4, '0'), value: index }))
  let looked = 0
  const source = function* (after = '') {
    for (const { id, value } of items.filter(({ id }) => id > after)) {
      looked += 1
      yield { id, value: value % 1200 === 1199 ? value : undefined }
    }
  }
  const pages: number[][] = []
  let Marker: string | undefined
  do {
    looked = 0
    const { items: shown, end } = await readPage({ ...call, input: { ...call.input, Marker } }, ['x'], source)
    assert.ok(looked <= 1001)
    pages.push(shown)
    Marker = end.Marker
  } while (Marker !== undefined)
  assert.deepEqual(pages, [[], [1199], [2399]])
})
