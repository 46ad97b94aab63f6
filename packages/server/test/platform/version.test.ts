import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { packageVersion } from '../../src/platform/version.ts'

test('the version is that of the nearest manifest that has one, as a bundle has another beside it', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'keyhold-version-'))
  t.after(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'dist'))
  writeFileSync(join(folder, 'package.json'), '{ "version": "1.2.3" }')
  writeFileSync(join(folder, 'dist/package.json'), '{ "type": "commonjs" }')
  assert.equal(packageVersion(join(folder, 'dist/server.js')), '1.2.3')
})

test('the version of the sources is that of this package', () => {
  assert.match(packageVersion(), /^\d+\.\d+\.\d+$/)
})
