import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Why no clean system can be made here, if so. */
export function noCleanRoot(): string | false {
  if (process.getuid?.() !== 0) return 'only root can make a system and enter it'
  const missing = ['debootstrap', 'apt-get', 'unshare', 'dpkg-deb'].filter(
    (tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0,
  )
  if (missing.length > 0) return `not installed here: ${missing.join(', ')}`
  return mirror() === undefined && 'apt has no archive of Debian here'
}

/** The archive and the release that this machine's apt has. */
function mirror(): [site: string, release: string] | undefined {
  const format = '$(SITE) $(CODENAME) $(COMPONENT)'
  const { stdout } = spawnSync('apt-get', ['indextargets', '--format', format, 'Created-By: Packages'], {
    encoding: 'utf8',
  })
  const found = /^(\S+\/debian\/?) (\w+) main$/m.exec(stdout)
  return found === null ? undefined : [found[1]!, found[2]!]
}

/** Makes a minimal Debian in a new folder, with these packages besides. */
export async function makeCleanRoot(folder: string, ...packages: readonly string[]): Promise<void> {
  const [site, release] = mirror()!
  const include = packages.length === 0 ? [] : [`--include=${packages.join(',')}`]
  await run('debootstrap', ['--variant=minbase', ...include, release, folder, site], { maxBuffer: 2 ** 26 })
  mkdirSync(join(folder, 'proc'), { recursive: true })
}

/** Runs a script in that system, without a network but the loopback interface, and returns what it prints on both streams. */
export async function runInRoot(folder: string, script: string): Promise<string> {
  const enter = `mount -t proc proc "$0/proc" && ip link set lo up && exec chroot "$0" /bin/bash --norc -euc "$1" 2>&1`
  const namespaces = ['--net', '--mount', '--pid', '--fork', '--kill-child']
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', LANG: 'C.UTF-8' }
  try {
    const { stdout } = await run('unshare', [...namespaces, 'sh', '-c', enter, folder, script], { env })
    return stdout
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${(error as { stdout?: string }).stdout}`, { cause: error })
  }
}
