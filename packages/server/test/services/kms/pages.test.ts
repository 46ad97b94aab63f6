import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { OperationName } from '@keyhold/protocol'
import fc from 'fast-check'
import type { Caller } from '../../../src/identity/accounts/caller.ts'
import { ACCOUNT, callerOf, OTHER_ACCOUNT, TestService } from '../../support/service.ts'

/** Source: AWS KMS API Reference, each list's Limit: the most that may be asked for, and what a page has unless asked. */
interface List {
  name: OperationName
  most: number
  usual: number
  items: string
  /** What tells items apart. */
  id: string
  /** Filters, by name; the first is the one that has many items. */
  filters: () => Record<string, object>
}

const GRANTEES = [ACCOUNT, OTHER_ACCOUNT].map((account) => `arn:aws:iam::${account}:root`)

const LISTS: readonly List[] = [
  { name: 'ListKeys', most: 1000, usual: 100, items: 'Keys', id: 'KeyId', filters: () => ({ all: {} }) },
  {
    name: 'ListAliases',
    most: 100,
    usual: 50,
    items: 'Aliases',
    id: 'AliasName',
    filters: () => ({ all: {}, key: { KeyId: keyId } }),
  },
  {
    name: 'ListGrants',
    most: 100,
    usual: 50,
    items: 'Grants',
    id: 'GrantId',
    filters: () => ({ all: { KeyId: keyId }, grantee: { KeyId: keyId, GranteePrincipal: GRANTEES[0] } }),
  },
  {
    name: 'ListRetirableGrants',
    most: 100,
    usual: 50,
    items: 'Grants',
    id: 'GrantId',
    filters: () => ({ all: { RetiringPrincipal: GRANTEES[0] } }),
  },
  {
    name: 'ListResourceTags',
    most: 50,
    usual: 50,
    items: 'Tags',
    id: 'TagKey',
    filters: () => ({ all: { KeyId: keyId }, other: { KeyId: otherKeyId } }),
  },
]

let service: TestService
let keyId: string
let otherKeyId: string

/** More of everything than a page has, but for tags, of which no key can have as many. */
before(async () => {
  service = await TestService.open()
  const Tags = Array.from({ length: 50 }, (_, index) => ({ TagKey: `tag ${index}`, TagValue: '' }))
  ;({ keyId } = await service.createKey({ Tags }))
  ;({ keyId: otherKeyId } = await service.createKey({ Tags }))
  for (let index = 0; index < 101; index++) await service.createKey()
  for (let index = 0; index < 61; index++) {
    const TargetKeyId = index < 41 ? keyId : otherKeyId
    await service.ok('CreateAlias', { AliasName: `alias/${index}`, TargetKeyId })
    const grant = { KeyId: keyId, RetiringPrincipal: GRANTEES[0], Operations: ['Decrypt'] }
    await service.ok('CreateGrant', { ...grant, GranteePrincipal: GRANTEES[index % 2] })
  }
})
after(() => service[Symbol.asyncDispose]())

interface Page {
  ids: string[]
  marker: string | undefined
}

async function page({ name, items, id }: List, input: object, caller?: Caller): Promise<Page> {
  const answer = await service.ok<Record<string, unknown>>(name, input, caller)
  const marker = answer.NextMarker as string | undefined
  assert.equal(answer.Truncated, marker !== undefined)
  return { ids: (answer[items] as Record<string, string>[]).map((item) => item[id] ?? ''), marker }
}

async function everything(list: List, filter: object, Limit: number): Promise<string[]> {
  const all: string[] = []
  let Marker: string | undefined
  do {
    const { ids, marker } = await page(list, { ...filter, Limit, Marker })
    assert.ok(ids.length <= Limit)
    if (marker !== undefined) assert.equal(ids.length, Limit)
    all.push(...ids)
    Marker = marker
  } while (Marker !== undefined)
  return all
}

for (const list of LISTS) {
  describe(list.name, () => {
    const filters = Object.keys(list.filters())

    test(`takes a Limit from 1 to ${list.most}, and without one a page has ${list.usual}`, async () => {
      const { all: filter } = list.filters()
      for (const Limit of [0, list.most + 1, -1]) {
        assert.match(await service.fault(list.name, { ...filter, Limit }), /^ValidationException: 1 validation error/)
      }
      const whole = await everything(list, filter ?? {}, list.most)
      const { ids, marker } = await page(list, filter ?? {})
      assert.deepEqual(ids, whole.slice(0, list.usual))
      assert.equal(marker === undefined, whole.length <= list.usual)
    })

    for (const name of filters) {
      test(`pages of any size are the whole list once, in one order (${name})`, async () => {
        const filter = list.filters()[name] ?? {}
        const whole = await everything(list, filter, list.most)
        assert.equal(new Set(whole).size, whole.length)
        const sizes = fc.integer({ min: 1, max: list.most })
        const property = fc.asyncProperty(sizes, async (size) => {
          assert.deepEqual(await everything(list, filter, size), whole)
        })
        await fc.assert(property, {
          numRuns: 6,
          examples: [[1], [whole.length]].filter(([size = 0]) => size <= list.most) as [number][],
        })
      })
    }

    test('a marker leads only where it was given', async () => {
      const { all: filter = {}, ...others } = list.filters()
      const { marker: Marker } = await page(list, { ...filter, Limit: 1 })
      const refused = async (name: OperationName, input: object, caller?: Caller): Promise<void> => {
        assert.match(await service.fault(name, { ...input, Marker }, caller), /^InvalidMarkerException: /)
      }
      for (const other of Object.values(others)) await refused(list.name, other)
      for (const other of LISTS) {
        if (other !== list) await refused(other.name, other.filters()['all'] ?? {})
      }
      // Lists of other principals' resources have other filters, or are denied before their marker is read.
      if (list.name === 'ListKeys' || list.name === 'ListAliases') {
        await refused(list.name, filter, callerOf(OTHER_ACCOUNT))
        await refused(list.name, filter, callerOf(ACCOUNT, 'us-west-2'))
      }
    })

    test('a marker that was changed in any place leads nowhere', async () => {
      const filter = list.filters()['all'] ?? {}
      const { marker = '' } = await page(list, { ...filter, Limit: 1 })
      const change = fc.record({ at: fc.nat(marker.length - 1), to: fc.constantFrom('A', 'b', '7', '-', '.', '€') })
      const property = fc.asyncProperty(change, async ({ at, to }) => {
        const Marker = marker.slice(0, at) + to + marker.slice(at + 1)
        fc.pre(Marker !== marker)
        const fault = await service.fault(list.name, { ...filter, Marker })
        assert.match(fault, /^(InvalidMarkerException: |ValidationException: 1 validation error)/)
      })
      await fc.assert(property, { numRuns: 20 })
    })
  })
}

test('ListKeyPolicies has one item, hands out no marker and takes none', async () => {
  assert.deepEqual(await service.ok('ListKeyPolicies', { KeyId: keyId, Limit: 1000 }), {
    PolicyNames: ['default'],
    Truncated: false,
  })
  assert.match(await service.fault('ListKeyPolicies', { KeyId: keyId, Limit: 1001 }), /^ValidationException/)
  assert.match(await service.fault('ListKeyPolicies', { KeyId: keyId, Marker: 'x' }), /^InvalidMarkerException/)
})
