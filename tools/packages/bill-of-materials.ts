import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { BUNDLED } from '../bundle.ts'
import { installedAt } from './installed.ts'
import type { Library } from './libraries.ts'
import { builtAt } from './source-date.ts'

const run = promisify(execFile)

/** A bill of materials as CycloneDX 1.5 has it, as far as it is read here. */
interface Bill {
  serialNumber: string
  metadata: { timestamp: string; component: { name: string } }
  components: object[]
}

/**
 * Writes what a folder with a package and its `node_modules` is made of, by npm, and what is there besides: Node, what was bundled, and
 * libraries of Debian.
 */
export async function writeBillOfMaterials(folder: string, libraries: readonly Library[], file: string): Promise<void> {
  const { stdout } = await run('npm', ['sbom', '--sbom-format', 'cyclonedx'], { cwd: folder, maxBuffer: 2 ** 26 })
  const bill = JSON.parse(stdout) as Bill
  bill.components.push(...BUNDLED.map(bundled), node(), ...libraries.map(library))
  bill.metadata.component.name = 'keyhold' // npm takes the folder's
  bill.metadata.timestamp = new Date((await builtAt()) * 1000).toISOString()
  // npm draws a number; the same content has the same number here.
  bill.serialNumber = ''
  const digest = createHash('sha256').update(JSON.stringify(bill)).digest('hex')
  bill.serialNumber = `urn:uuid:${digest.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-8$3-8$4-$5')}`
  writeFileSync(file, `${JSON.stringify(bill, undefined, 2)}\n`)
}

function bundled(name: string): object {
  const { version, license } = manifest(name)
  return {
    'bom-ref': `${name}@${version}`,
    type: 'library',
    name,
    version,
    purl: `pkg:npm/${name}@${version}`,
    licenses: [{ license: { id: license } }],
  }
}

function node(): object {
  const { version } = manifest(`node-${process.platform}-${process.arch}`)
  return {
    'bom-ref': `node@${version}`,
    type: 'platform',
    name: 'node',
    version,
    purl: `pkg:generic/node@${version}`,
    cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`,
    licenses: [{ license: { id: 'MIT' } }],
  }
}

/** Their licences have many parts; THIRD-PARTY-LICENSES has their text. */
function library({ name, version, architecture }: Library): object {
  const purl = `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${architecture}`
  return { 'bom-ref': purl, type: 'library', name, version, purl }
}

function manifest(name: string): { version: string; license: string } {
  return JSON.parse(readFileSync(join(installedAt(name), 'package.json'), 'utf8')) as ReturnType<typeof manifest>
}
