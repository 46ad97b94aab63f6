import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Package, PACKAGES } from '../../bundle.ts'
import { publishedManifest } from '../../packages/npm.ts'

interface Manifest {
  private?: boolean
  engines?: unknown
  scripts?: unknown
  keywords: readonly string[]
  repository: { directory: string }
  homepage: string
  bugs: string
  files: readonly string[]
  exports?: Record<string, Record<string, string>>
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

function workspace(name: Package): Manifest {
  return JSON.parse(readFileSync(join('packages', name, 'package.json'), 'utf8')) as Manifest
}

for (const name of PACKAGES) {
  const published = publishedManifest(name) as Manifest

  test(`${name}: what is published says where it is from, what it holds and which Node it needs`, () => {
    assert.equal(published.private, undefined)
    assert.equal(published.scripts, undefined)
    assert.equal(published.repository.directory, `packages/${name}`)
    assert.ok(published.keywords.length >= 5)
    assert.match(published.homepage, /^https:/)
    assert.match(published.bugs, /^https:.*\/issues$/)
    assert.ok(published.files.includes('dist'))
    assert.match(JSON.stringify(published.engines), /^\{"node":">=\d+(\.\d+)?"\}$/)
    for (const target of Object.values(published.exports ?? {})) {
      assert.deepEqual(Object.keys(target), ['types', 'default'], 'the sources are not published')
    }
  })

  test(`${name}: each dependency is one exact version`, () => {
    for (const [dependency, version] of Object.entries(published.dependencies ?? {})) {
      assert.match(version, /^\d+\.\d+\.\d+$/, dependency)
    }
  })

  // npm would warn of it at every `npm ci` under an older Node, though a checkout brings the Node that it needs.
  test(`${name}: the workspace cannot be published as it is, and asks for no Node`, () => {
    assert.equal(workspace(name).private, true)
    assert.equal(workspace(name).engines, undefined)
  })
}

test('the command depends on what its bundle imports: packages of others, of all of ours', () => {
  const { dependencies = {} } = publishedManifest('cli') as Manifest
  const wanted = PACKAGES.flatMap((name) => Object.entries(workspace(name).dependencies ?? {}))
  const others = wanted.filter(([name]) => !name.startsWith('@keyhold/') && !['commander', 'picomatch'].includes(name))
  assert.deepEqual(dependencies, Object.fromEntries(others))
})

test('the command has the optional packages of all of ours', () => {
  const { optionalDependencies } = publishedManifest('cli') as Manifest
  assert.deepEqual(optionalDependencies, { pkcs11js: workspace('server').optionalDependencies?.['pkcs11js'] })
})

// Packages with scripts would run them, as programs of strangers, at each `npm ci`; this one would also need a compiler.
test('npm runs no script of a package that it installs here', () => {
  assert.match(readFileSync('.npmrc', 'utf8'), /^ignore-scripts=true$/m)
})

test('no package of others that is installed with ours asks for a newer Node than starts a checkout', () => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, { engines?: { node?: string }; dev?: boolean; optional?: boolean }>
  }
  for (const [path, { engines, dev, optional }] of Object.entries(packages)) {
    if (dev || optional) continue
    const [, least = '0'] = /(\d+)/.exec(engines?.node ?? '') ?? []
    assert.ok(Number(least) <= 20, `${path} asks for Node ${engines?.node}`)
  }
})
