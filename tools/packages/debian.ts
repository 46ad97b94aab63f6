import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { VERSION } from './npm.ts'
import { PROJECT } from './project.ts'
import { builtAt } from './source-date.ts'

const run = promisify(execFile)
const repository = join(import.meta.dirname, '../..')
const sources = join(import.meta.dirname, 'debian')

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' }

/** Where each file of the folder `debian` is installed. */
const PLACES: Readonly<Record<string, string>> = {
  'keyhold.service': 'lib/systemd/system/keyhold.service',
  'keyhold.socket': 'lib/systemd/system/keyhold.socket',
  'keyhold.yaml': 'etc/keyhold/keyhold.yaml',
  'sysusers.conf': 'usr/lib/sysusers.d/keyhold.conf',
  logrotate: 'etc/logrotate.d/keyhold',
}
const CONFIGURATION = Object.values(PLACES).filter((place) => place.startsWith('etc/'))
const SCRIPTS = ['postinst', 'prerm', 'postrm']

/** Makes `keyhold_VERSION_ARCHITECTURE.deb` in `output` from a tree. */
export async function makeDebianPackage(tree: string, work: string, output: string): Promise<string> {
  const architecture = ARCHITECTURES[process.arch]
  if (architecture === undefined) throw new Error(`Debian has no name here for ${process.arch}.`)
  const root = join(work, 'debian')
  cpSync(tree, join(root, 'usr'), { recursive: true })
  for (const [name, place] of Object.entries(PLACES)) put(join(root, place), readFileSync(join(sources, name)))
  documentIn(join(root, 'usr'), await builtAt())
  putModes(root)
  mkdirSync(join(root, 'DEBIAN'))
  for (const name of SCRIPTS) put(join(root, 'DEBIAN', name), readFileSync(join(sources, name)), 0o755)
  put(join(root, 'DEBIAN/conffiles'), CONFIGURATION.map((place) => `/${place}\n`).join(''))
  put(join(root, 'DEBIAN/md5sums'), sums(root))
  put(join(root, 'DEBIAN/control'), control(architecture, sizeOf(root)))
  await setTimes(root)
  const file = join(output, `keyhold_${VERSION}_${architecture}.deb`)
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(await builtAt()) }
  await run('dpkg-deb', ['--root-owner-group', '-Zzstd', '-z9', '--threads-max=1', '--build', root, file], { env })
  return file
}

/** The libraries that Node is linked to, by the packages that have them; systemd-notify is asked for by the unit. */
function control(architecture: string, kibibytes: number): string {
  return `Package: keyhold
Version: ${VERSION}
Architecture: ${architecture}
Maintainer: Keyhold <${PROJECT}>
Installed-Size: ${kibibytes}
Depends: libc6 (>= 2.28), libstdc++6 (>= 9), libgcc-s1, libatomic1, passwd
Recommends: systemd, ca-certificates
Suggests: logrotate
Section: admin
Priority: optional
Homepage: ${PROJECT}
Description: key management service that speaks the AWS KMS API
 A key management service of your own, wire-compatible with AWS KMS, IAM and
 STS, and a command that encrypts files and streams in the format of the AWS
 Encryption SDK. The package has its own Node.js.
 .
 Removing and purging the package keep the keys in /var/lib/keyhold.
`
}

const OWN_LICENCE = `Keyhold ${VERSION}: Apache-2.0\n\nThe text of its licence is in /usr/lib/keyhold/LICENSE and, on Debian, in /usr/share/common-licenses/Apache-2.0.\n`

function documentIn(usr: string, seconds: number): void {
  const documents = join(usr, 'share/doc/keyhold')
  const manual = join(usr, 'share/man/man1/keyhold.1')
  put(`${manual}.gz`, gzipSync(readFileSync(manual), { level: 9 }))
  rmSync(manual)
  put(
    join(documents, 'copyright'),
    `${OWN_LICENCE}\n${readFileSync(join(usr, 'lib/keyhold/THIRD-PARTY-LICENSES'), 'utf8')}`,
  )
  for (const name of ['README.md', 'SECURITY.md', 'docs', 'monitoring']) {
    cpSync(join(repository, name), join(documents, name), { recursive: true })
  }
  const date = new Date(seconds * 1000).toUTCString().replace('GMT', '+0000')
  const change = `keyhold (${VERSION}) stable; urgency=medium\n\n  * See ${PROJECT}.\n\n -- Keyhold <${PROJECT}>  ${date}\n`
  put(join(documents, 'changelog.gz'), gzipSync(change, { level: 9 }))
}

function put(file: string, content: string | Uint8Array, mode = 0o644): void {
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, content)
  chmodSync(file, mode)
}

function sums(root: string): string {
  return filesBelow(root, '')
    .filter((path) => !path.startsWith('etc/') && !path.startsWith('DEBIAN/'))
    .map(
      (path) =>
        `${createHash('md5')
          .update(readFileSync(join(root, path)))
          .digest('hex')}  ${path}\n`,
    )
    .join('')
}

function filesBelow(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      return entry.isDirectory() ? filesBelow(root, path) : [path]
    })
    .toSorted()
}

function sizeOf(root: string): number {
  return filesBelow(root, '').reduce((sum, path) => sum + Math.ceil(statSync(join(root, path)).size / 1024), 0)
}

/** Whatever the umask of the builder is. */
function putModes(root: string): void {
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const isRun = entry.isDirectory() || (statSync(path).mode & 0o100) !== 0
    chmodSync(path, isRun ? 0o755 : 0o644)
  }
  chmodSync(root, 0o755)
}

async function setTimes(root: string): Promise<void> {
  const seconds = await builtAt()
  for (const path of [...readdirSync(root, { recursive: true, encoding: 'utf8' }), '.']) {
    utimesSync(join(root, path), seconds, seconds)
  }
}
