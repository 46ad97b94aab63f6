import { chmodSync, cpSync, existsSync, globSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundleReader } from '../recover/bundle.ts'
import { BUNDLED, dependenciesOfCommand } from '../bundle.ts'
import { makeCommand } from './command.ts'
import { installedAt } from './installed.ts'
import type { Library } from './libraries.ts'
import { licencesOf } from './licences.ts'
import { optionalDependenciesOfCommand, publishedManifest } from './npm.ts'
import { writeManual } from './manual.ts'
import { writeBillOfMaterials } from './bill-of-materials.ts'

const root = join(import.meta.dirname, '../..')

/** Found by a package only while it is built, or written for people who read its sources. */
const NOT_RUN = /\.(map|md|markdown|[cm]?ts|flow|tsbuildinfo|yml|yaml)$|\/(test|tests|docs|example|examples|\.github)$/

/** What runs of a package that is built from C++: its sources stay behind. */
const RUN_OF_BUILT = ['package.json', 'index.js', 'LICENSE', 'build/Release/pkcs11.node']

/**
 * Lays out what is installed, in a new folder: `bin/keyhold`, and below `lib/keyhold` the Node that this repository pins, the command
 * and the packages of others that it needs, licences and bill of materials; `share/man`. It runs from wherever it is put.
 */
export async function makeTree(folder: string, libraries: string, known: readonly Library[]): Promise<void> {
  const lib = join(folder, 'lib/keyhold')
  const command = join(lib, 'command')
  const node = installedAt(`node-${process.platform}-${process.arch}`)
  mkdirSync(join(lib, 'bin'), { recursive: true })
  cpSync(join(node, 'bin/node'), join(lib, 'bin/node'))
  const packages = packagesOf(dependenciesOfCommand())
  for (const [name, source] of packages) {
    cpSync(source, join(command, 'node_modules', name), {
      recursive: true,
      filter: (path) => path !== join(source, 'node_modules') && !NOT_RUN.test(path),
    })
  }
  for (const [name, source] of builtPackages()) {
    for (const file of RUN_OF_BUILT) cpSync(join(source, file), join(command, 'node_modules', name, file))
    packages.set(name, source)
  }
  mkdirSync(join(lib, 'lib'))
  for (const file of globSync(`${libraries}/usr/lib/*/libatomic.so.1`)) {
    cpSync(realpathSync(file), join(lib, 'lib/libatomic.so.1'))
  }
  await makeCommand(command, join(lib, 'bin/node'))
  writeFileSync(join(command, 'package.json'), `${JSON.stringify(publishedManifest('cli'), undefined, 2)}\n`)
  mkdirSync(join(folder, 'bin'))
  writeFileSync(join(folder, 'bin/keyhold'), STARTER)
  chmodSync(join(folder, 'bin/keyhold'), 0o755)
  bundleReader(join(lib, 'keyhold-recover.mjs'))
  cpSync(join(root, 'LICENSE'), join(lib, 'LICENSE'))
  const compiler = readFileSync(globSync(`${libraries}/usr/share/doc/libatomic1/copyright`)[0]!, 'utf8')
  writeFileSync(
    join(lib, 'THIRD-PARTY-LICENSES'),
    `${licences(node, packages)}\n${'-'.repeat(72)}\n\nlibatomic\n\n${compiler}`,
  )
  await writeManual(folder)
  const own = known.filter(({ name }) => name === 'libatomic1')
  await writeBillOfMaterials(command, own, join(lib, 'bill-of-materials.cdx.json'))
}

/**
 * Starts Node once, with the flag that keeps SIGUSR1 from opening a debugger; `exec` and `dev` pass that signal on. As
 * `packages/cli/bin/keyhold.js` decides it.
 */
const STARTER = `#!/bin/sh
self=$0
while [ -L "$self" ]; do
  target=$(readlink "$self")
  case $target in
  /*) self=$target ;;
  *) self=\${self%/*}/$target ;;
  esac
done
case $self in
*/*) lib=\${self%/*}/../lib/keyhold ;;
*) lib=$(dirname "$(command -v "$self")")/../lib/keyhold ;;
esac
# Debian does not install this library by itself. The launcher puts the variable back before anything else is started.
for each in /usr/lib/*/libatomic.so.1 /usr/lib64/libatomic.so.1 "$lib/lib/libatomic.so.1"; do
  [ ! -e "$each" ] || break
done
if [ "$each" = "$lib/lib/libatomic.so.1" ]; then
  export KEYHOLD_LIBRARY_PATH="$LD_LIBRARY_PATH" LD_LIBRARY_PATH="$lib/lib\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
fi
case $1 in
exec | dev) exec "$lib/bin/node" "$lib/command/bin/keyhold.js" "$@" ;;
*) exec "$lib/bin/node" --disable-sigusr1 "$lib/command/bin/keyhold.js" "$@" ;;
esac
`

/** Each package that these need, with its folder. @throws when two versions of one are needed: there is one folder for all. */
function packagesOf(names: readonly string[]): Map<string, string> {
  const found = new Map<string, string>()
  const visit = (name: string, from: string): void => {
    const folder = nearest(name, from) ?? installedAt(name)
    const known = found.get(name)
    if (known !== undefined && versionOf(known) !== versionOf(folder)) {
      throw new Error(`The command needs two versions of ${name}: ${versionOf(known)} and ${versionOf(folder)}.`)
    }
    if (known !== undefined) return
    found.set(name, folder)
    for (const each of Object.keys(manifest(folder).dependencies ?? {})) visit(each, folder)
  }
  for (const name of names) visit(name, root)
  return new Map([...found].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** The optional packages that were built here (`npm run pkcs11`): what is installed has no compiler. */
function builtPackages(): [name: string, folder: string][] {
  return Object.keys(optionalDependenciesOfCommand())
    .map((name): [string, string] => [name, installedAt(name)])
    .filter(([, folder]) => RUN_OF_BUILT.every((file) => existsSync(join(folder, file))))
}

function nearest(name: string, from: string): string | undefined {
  const own = join(from, 'node_modules', name)
  return existsSync(join(own, 'package.json')) ? own : undefined
}

function versionOf(folder: string): string {
  return manifest(folder).version
}

function manifest(folder: string): { version: string; dependencies?: Record<string, string> } {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as ReturnType<typeof manifest>
}

function licences(node: string, packages: ReadonlyMap<string, string>): string {
  const own = readFileSync(join(node, 'LICENSE'), 'utf8').trim()
  return `${licencesOf([...packages.keys(), ...BUNDLED])}\n${'-'.repeat(72)}\n\nNode.js\n\n${own}\n`
}
