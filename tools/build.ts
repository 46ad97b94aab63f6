/** `npm run build [-- PACKAGE]`: builds the packages, or one and those it depends on, in their dist folders. */
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { bundleCommand, bundlePackage, type Package, PACKAGES } from './bundle.ts'

const root = join(import.meta.dirname, '..')
const [last = 'cli'] = process.argv.slice(2)
const index = PACKAGES.findIndex((name) => name === last)
if (index < 0) throw new Error(`No package is called ${last}: choose one of ${PACKAGES.join(', ')}.`)

for (const name of PACKAGES.slice(0, index + 1)) {
  const folder = join(root, 'packages', name)
  rmSync(join(folder, 'dist'), { recursive: true, force: true })
  if (name === 'cli') bundleCommand(join(folder, 'dist'))
  else buildLibrary(name, folder)
  console.log(`Built packages/${name}/dist.`)
}

/** Declarations as the compiler writes them, a file for each module, and JavaScript in a few files. */
function buildLibrary(name: Package, folder: string): void {
  const [dist, compiled] = [join(folder, 'dist'), join(folder, 'dist/compiled')]
  compile(folder, '--declarationDir', dist, '--outDir', compiled)
  bundlePackage(name, compiled, dist)
  rmSync(compiled, { recursive: true })
}

function compile(folder: string, ...options: string[]): void {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const settings = ['-p', join(folder, 'tsconfig.build.json'), ...options]
  const { status } = spawnSync(process.execPath, [tsc, ...settings], { stdio: 'inherit' })
  if (status !== 0) process.exit(1)
}
