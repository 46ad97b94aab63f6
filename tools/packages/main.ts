/**
 * `npm run package [-- FOLDER]`: makes everything that is handed out, in `artifacts` or another folder: packages for npm, a tarball and
 * a Debian package with their own Node, a container image, the offline reader, bill of materials and checksums. The same commit makes the same bytes.
 */
import { createHash } from 'node:crypto'
import { chmodSync, copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { tmpdir } from 'node:os'
import { bundleReader } from '../recover/bundle.ts'
import { makeArchive } from './archive.ts'
import { makeDebianPackage } from './debian.ts'
import { makeImage } from './image.ts'
import { makeLibraries } from './libraries.ts'
import { makeNpmPackages, VERSION } from './npm.ts'
import { clearOutputFolder } from './output-folder.ts'
import { makeTree } from './tree.ts'

const [output = 'artifacts', ...more] = process.argv.slice(2)
if (output.startsWith('-') || more.length > 0) {
  console.error('Usage: npm run package [-- FOLDER]')
  process.exit(2)
}
const artifacts = resolve(output)
clearOutputFolder(artifacts)
process.umask(0o022) // of what is packed, for whichever user builds it
const work = mkdtempSync(join(tmpdir(), 'keyhold-package-'))
chmodSync(work, 0o755) // apt fetches as a user of its own
try {
  const platform = `${process.platform}-${process.arch}`
  const tree = join(work, 'tree')
  const libraries = join(work, 'libraries')
  const known = await makeLibraries(libraries)
  await makeTree(tree, libraries, known)
  await makeNpmPackages(artifacts)
  const name = `keyhold-${VERSION}-${platform}`
  await makeArchive(tree, name, join(artifacts, `${name}.tar.gz`))
  await makeDebianPackage(tree, work, artifacts)
  await makeImage(tree, { folder: libraries, known }, work, artifacts)
  bundleReader(join(artifacts, `keyhold-recover-${VERSION}.mjs`))
  copyFileSync(join(tree, 'lib/keyhold/bill-of-materials.cdx.json'), join(artifacts, `${name}.cdx.json`))
  writeFileSync(join(artifacts, 'SHA256SUMS'), checksums())
} finally {
  rmSync(work, { recursive: true })
}
console.log(readFileSync(join(artifacts, 'SHA256SUMS'), 'utf8').trimEnd())

/** As `sha256sum --check` reads them. */
function checksums(): string {
  const names = readdirSync(artifacts).toSorted()
  return names
    .map(
      (name) =>
        `${createHash('sha256')
          .update(readFileSync(join(artifacts, name)))
          .digest('hex')}  ${name}\n`,
    )
    .join('')
}
