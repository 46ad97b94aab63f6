import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { createGzip } from 'node:zlib'
import { builtAt } from './source-date.ts'

const run = promisify(execFile)

/**
 * Packs what a folder holds, below `prefix`, into a tar file, gzipped where its name says so. By name, with one time and one owner, so
 * that the same files make the same bytes.
 */
export async function makeArchive(folder: string, prefix: string, file: string): Promise<void> {
  const attributes = ['--owner=0', '--group=0', '--numeric-owner', '--mode=u=rwX,go=rX', `--mtime=@${await builtAt()}`]
  const names = ['--sort=name', `--transform=flags=r;s,^\\.,${prefix},`]
  const tar = spawn('tar', ['--create', '--format=gnu', ...attributes, ...names, '-C', folder, '.'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(tar, 'exit') as Promise<[number | null]>
  const target = createWriteStream(file)
  await (file.endsWith('.gz') ? pipeline(tar.stdout, createGzip({ level: 6 }), target) : pipeline(tar.stdout, target))
  const [status] = await ended
  if (status !== 0) throw new Error(`tar failed: ${status}`)
}

/** Adds an empty folder with an owner and a mode of its own. */
export async function appendToArchive(
  folder: string,
  name: string,
  file: string,
  owner: number,
  mode: string,
): Promise<void> {
  const attributes = [`--owner=${owner}`, `--group=${owner}`, '--numeric-owner', `--mode=${mode}`]
  const time = `--mtime=@${await builtAt()}`
  await run('tar', ['--append', '--format=gnu', ...attributes, time, '-f', file, '-C', folder, `./${name}`])
}
