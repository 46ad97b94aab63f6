import { execFile } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The packages of Debian with the libraries that Node is linked to. */
const PACKAGES = ['libc6', 'libstdc++6', 'libgcc-s1', 'libatomic1']
/** Of those packages: libraries, their loader, and licences. */
const KEPT =
  /\/(ld-linux[\w-]*|lib(c|m|dl|pthread|rt|resolv|nss_dns|nss_files|stdc\+\+|gcc_s|atomic))\.so[.\d]*$|\/doc\/.*\/copyright$/

/** A package of Debian of which libraries are handed out. */
export interface Library {
  name: string
  version: string
  architecture: string
}

/** Lays out the libraries that Node needs, from packages that this machine's apt fetches and verifies. */
export async function makeLibraries(folder: string): Promise<readonly Library[]> {
  const fetched = `${folder}-fetched`
  mkdirSync(fetched)
  chmodSync(fetched, 0o777) // apt fetches as a user of its own
  await run('apt-get', ['download', ...PACKAGES, await licenceOfCompiler()], { cwd: fetched })
  const libraries: Library[] = []
  for (const name of PACKAGES) {
    const file = readdirSync(fetched).find((each) => each.startsWith(`${name}_`))
    libraries.push(await described(join(fetched, file ?? name)))
  }
  for (const name of readdirSync(fetched)) await run('dpkg-deb', ['--extract', name, 'unpacked'], { cwd: fetched })
  const unpacked = join(fetched, 'unpacked')
  for (const entry of readdirSync(unpacked, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (!entry.isDirectory() && KEPT.test(path))
      cpSync(path, path.replace(unpacked, folder), { verbatimSymlinks: true })
  }
  return libraries
}

async function described(file: string): Promise<Library> {
  const { stdout } = await run('dpkg-deb', ['--show', '--showformat=${Package} ${Version} ${Architecture}', file])
  const [name = '', version = '', architecture = ''] = stdout.split(' ')
  return { name, version, architecture }
}

/** The package with the licence of the compiler's libraries, which has the compiler's version in its name. */
async function licenceOfCompiler(): Promise<string> {
  const { stdout } = await run('apt-cache', ['depends', 'libstdc++6'])
  const [name] = /gcc-\d+-base/.exec(stdout) ?? []
  if (name === undefined) throw new Error('No package gcc-…-base has the licence of libstdc++6.')
  return name
}
