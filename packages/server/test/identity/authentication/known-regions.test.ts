import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '@keyhold/protocol'
import { knownRegions, listedRegions } from '../../../src/identity/authentication/known-regions.ts'
import { AWS_REGIONS, isRegion } from '../../../src/identity/authentication/region.ts'
import { REGION, TestService } from '../../support/service.ts'

test("the Regions of AWS have the form of a Region's name", () => {
  assert.equal(new Set(AWS_REGIONS).size, AWS_REGIONS.length)
  for (const region of AWS_REGIONS) assert.ok(isRegion(region), region)
})

test('IAM and STS are asked in their own Region, whichever Regions exist', () => {
  const accepts = listedRegions(['eu-central-1'])
  for (const [region, service, expected] of [
    ['eu-central-1', 'kms', true],
    ['eu-central-1', 'sts', true],
    ['us-east-1', 'iam', true],
    ['us-east-1', 'sts', true],
    ['us-east-1', 'kms', false],
    ['us-west-2', 'iam', false],
  ] as const) {
    assert.equal(accepts(region, service), expected, `${service} in ${region}`)
  }
})

test('a folder that names no Regions has those of AWS, and those that it has keys of', async () => {
  await using service = await TestService.open()
  const { directory, hierarchy } = service.services
  let reads = 0
  const hasDomain = (domain: string): Promise<boolean> => {
    reads += 1
    return hierarchy.hasDomain(domain)
  }
  const accepts = knownRegions({ directory, hierarchy: { hasDomain } })
  assert.equal(await accepts(REGION, 'kms'), true)
  assert.equal(reads, 0)
  for (let time = 0; time < 3; time++) assert.equal(await accepts('dc-north-1', 'kms'), false)
  assert.equal(reads, 1, 'what was found is remembered')
  await service.services.hierarchy.seal('dc-north-2', 'marker', [], Secret.of(new Uint8Array(8)))
  assert.equal(await accepts('dc-north-2', 'kms'), true)
  assert.equal(await accepts('global', 'kms'), false)
})
