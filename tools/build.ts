/** `npm run build [-- PACKAGE]`: compiles the packages, or one and those it depends on, to their dist folders. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** Each package after those it imports: declarations are read from their dist folders. */
const ORDER = ['protocol', 'client', 'server', 'cli']

const root = join(import.meta.dirname, '..')
const [last = 'cli'] = process.argv.slice(2)
if (!ORDER.includes(last)) throw new Error(`No package is called ${last}: choose one of ${ORDER.join(', ')}.`)

for (const name of ORDER.slice(0, ORDER.indexOf(last) + 1)) {
  const folder = join(root, 'packages', name)
  rmSync(join(folder, 'dist'), { recursive: true, force: true })
  compile(folder)
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE')) // which every published package must carry
  console.log(`Built packages/${name}/dist.`)
}

function compile(folder: string): void {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const { status } = spawnSync(process.execPath, [tsc, '-p', join(folder, 'tsconfig.build.json')], { stdio: 'inherit' })
  if (status !== 0) process.exit(1)
}
