/** Folders of files, and the work that the commands plan on them. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import type { TestContext } from 'node:test'
import { Envelope, rawAes } from '@keyhold/client'
import type { Task, Verb } from '../../src/files/task.ts'
import { planTree } from '../../src/files/tree.ts'
import type { Tree, TreeFlags } from '../../src/files/tree.ts'
import { temporaryFolder } from './vault.ts'

export const ENCRYPT: Verb = { name: 'encrypt', done: 'encrypted', reads: 'plaintext', writes: 'ciphertext' }
export const DECRYPT: Verb = { name: 'decrypt', done: 'decrypted', reads: 'ciphertext', writes: 'plaintext' }
export const VERIFY: Verb = { name: 'verify', done: 'verified', reads: 'ciphertext', writes: 'nothing' }
export const REWRAP: Verb = {
  name: 'rewrap',
  done: 'rewrapped',
  reads: 'ciphertext',
  writes: 'ciphertext',
  inPlace: true,
}

export const keyring = rawAes({ namespace: 'n', name: 'k', wrappingKey: new Uint8Array(32) })
export const envelope = new Envelope({ keyring })

/** A folder with these files, each of which holds its own path. */
export function folderWith(scope: TestContext, ...paths: string[]): (path: string) => string {
  const root = temporaryFolder(scope)
  for (const path of paths) {
    mkdirSync(join(root, dirname(path)), { recursive: true })
    writeFileSync(join(root, path), path)
  }
  return (path) => join(root, path)
}

export async function plan(
  scope: TestContext,
  verb: Verb,
  input: string,
  flags: Partial<TreeFlags> = {},
): Promise<Tree> {
  const tree = await planTree(verb, input, { suffix: '.kh', ...flags }, new AbortController().signal)
  scope.after(() => tree[Symbol.asyncDispose]())
  return tree
}

export async function encrypt(task: Task): Promise<void> {
  await using file = await task.open()
  await envelope.encryptFile(file.source, file.target, { followLink: file.followLink })
  await file.finish?.()
}

export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => !entry.isDirectory())
  return files.map((entry) => relative(folder, join(entry.parentPath, entry.name))).toSorted()
}
