import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The input files of openssl, by the name that its arguments use. */
type Files = Readonly<Record<string, Uint8Array>>

/** Runs openssl in a folder with `files`, and returns its output. */
export function openssl(args: readonly string[], files: Files = {}): Buffer {
  return inFolder(files, (cwd) => execFileSync('openssl', args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] }))
}

/** Returns whether openssl ends with exit code 0, for its verification commands. */
export function opensslAgrees(args: readonly string[], files: Files = {}): boolean {
  return inFolder(files, (cwd) => spawnSync('openssl', args, { cwd, stdio: 'ignore' }).status === 0)
}

function inFolder<T>(files: Files, run: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'keyhold-openssl-'))
  try {
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes)
    return run(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
