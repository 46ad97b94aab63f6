/**
 * `npm run pkcs11`: builds the optional package pkcs11js, which comes as sources, in its place in node_modules. It needs a C++
 * compiler (`c++`, or the one that CXX names), and downloads nothing: the headers are those of the Node that the lock file pins.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { installedAt } from './packages/installed.ts'

const source = installedAt('pkcs11js')
const target = join(source, 'build/Release/pkcs11.node')
mkdirSync(dirname(target), { recursive: true })
// What its binding.gyp says. Node-API is the same in all versions of Node, and so is what is built.
const { status, error } = spawnSync(
  process.env['CXX'] ?? 'c++',
  [
    '-std=c++17',
    '-O2',
    '-fPIC',
    '-shared',
    ...(process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : []),
    '-DNODE_GYP_MODULE_NAME=pkcs11',
    '-DBUILDING_NODE_EXTENSION',
    '-DNAPI_DISABLE_CPP_EXCEPTIONS',
    `-I${headers()}`,
    `-I${join(source, 'includes')}`,
    '-o',
    target,
    ...['dl', 'common', 'main'].map((name) => join(source, 'src', `${name}.cpp`)),
  ],
  { stdio: 'inherit' },
)
if (status !== 0) {
  console.error(`pkcs11js was not built: ${error?.message ?? `the compiler ended with ${status}`}.`)
  process.exit(1)
}
console.log(`Built ${target}.`)

/** Of the Node that runs this, or of the one that the lock file pins. */
function headers(): string {
  const pinned = installedAt(`node-${process.platform}-${process.arch}`)
  const places = [join(dirname(process.execPath), '..'), pinned].map((folder) => join(folder, 'include/node'))
  const found = places.find((place) => existsSync(join(place, 'node_api.h')))
  if (found === undefined) throw new Error(`Node's headers are in none of ${places.join(', ')}.`)
  return found
}
