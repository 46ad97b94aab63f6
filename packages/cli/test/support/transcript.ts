import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isTool } from '../../../../tools/testing/needs.ts'
import type { Tool } from '../../../../tools/testing/needs.ts'
import { outcome, piped } from './piped.ts'
import type { Piped } from './piped.ts'
import { expand, parseScript, pattern } from './script.ts'
import type { Step, Word } from './script.ts'

/** What one step may use of those before it. */
class Transcript {
  readonly folder: string
  readonly env: NodeJS.ProcessEnv
  /** What the last program did. */
  last: Piped | undefined
  #input: Uint8Array = Buffer.of()

  constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.folder = folder
    this.env = env
  }

  text(word: Word | undefined): string {
    assert.ok(word !== undefined, 'a word is missing')
    return expand(word, this.env)
  }

  /** The bytes of a file; `stdout` and `stderr` are those of the last program. */
  read(name: string): Buffer {
    if (name === 'stdout') return this.last?.stdout ?? Buffer.of()
    if (name === 'stderr') return Buffer.from(this.last?.stderr ?? '')
    return readFileSync(join(this.folder, name))
  }

  feed(name: string): void {
    this.#input = this.read(name)
  }

  /** What is to be fed to the next program, once. */
  takeInput(): Uint8Array {
    const input = this.#input
    this.#input = Buffer.of()
    return input
  }
}

type Command = (transcript: Transcript, step: Step) => void | Promise<void>

const COMMANDS: Readonly<Record<string, Command>> = {
  /** `keyhold ARGS`, `! CODE keyhold ARGS` where the exit code shall be another than 0. */
  keyhold: (transcript, { words }) => keyhold(transcript, words, 0),
  /** `exec PROGRAM ARGS` runs any other program, which must succeed. */
  exec: (transcript, { words }) => exec(transcript, words),
  /** `stdin FILE` gives the next program its input; `stdin stdout` what the last one wrote. */
  stdin: (transcript, { words }) => transcript.feed(transcript.text(words[0])),
  stdout: (transcript, { words: [wanted], negated }) => matches(transcript, 'stdout', wanted, negated),
  stderr: (transcript, { words: [wanted], negated }) => matches(transcript, 'stderr', wanted, negated),
  /** `grep PATTERN FILE` */
  grep: (transcript, { words: [wanted, name], negated }) => matches(transcript, transcript.text(name), wanted, negated),
  /** `cmp FILE FILE`, either of which may be `stdout`. */
  cmp(transcript, { words, negated }) {
    const [one, other] = [transcript.read(transcript.text(words[0])), transcript.read(transcript.text(words[1]))]
    assert.equal(one.equals(other), !negated, negated ? 'the files are the same' : 'the files differ')
  },
  exists(transcript, { words, negated }) {
    for (const name of words.map((word) => transcript.text(word))) {
      assert.equal(existsSync(join(transcript.folder, name)), !negated, `${name} ${negated ? 'exists' : 'is missing'}`)
    }
  },
  /** `env NAME=VALUE`; `env NAME` takes it away. */
  env(transcript, { words }) {
    const [name = '', ...value] = transcript.text(words[0]).split('=')
    if (value.length === 0) delete transcript.env[name]
    else transcript.env[name] = value.join('=')
  },
  /** `capture NAME PATTERN` gives `$NAME` what the pattern's brackets find on standard output. */
  capture(transcript, { words }) {
    const found = pattern(words[1]!, transcript.env).exec(String(transcript.read('stdout')))?.[1]
    assert.ok(found !== undefined, 'not found')
    transcript.env[transcript.text(words[0])] = found
  },
  /** `damage FILE OFFSET` changes one bit of the byte there, which may be counted from the end: -1. */
  damage(transcript, { words }) {
    const [name, offset] = [transcript.text(words[0]), Number(transcript.text(words[1]))]
    const bytes = transcript.read(name)
    const at = offset < 0 ? bytes.length + offset : offset
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
    writeFileSync(join(transcript.folder, name), bytes)
  },
}

/** The programs that a transcript runs and not every machine has. */
export function toolsOf(file: string): Tool[] {
  const { steps } = parseScript(readFileSync(file, 'utf8'))
  const programs = steps.filter(({ command }) => command === 'exec').map(({ words }) => expand(words[0] ?? [], {}))
  return [...new Set(programs)].filter(isTool)
}

/** Does what a transcript says, in this folder and with its own copy of this environment. Fails at the first step that does. */
export async function follow(file: string, folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const { steps, files } = parseScript(readFileSync(file, 'utf8'))
  for (const [name, text] of files) writeFileSync(join(folder, name), text)
  const transcript = new Transcript(folder, { ...env })
  for (const step of steps) await take(step, transcript, file)
}

async function take(step: Step, transcript: Transcript, file: string): Promise<void> {
  try {
    await commandOf(step)(transcript, step)
  } catch (error) {
    const said = transcript.last && `\nstdout: ${transcript.last.stdout}\nstderr: ${transcript.last.stderr}`
    throw new Error(`${file}:${step.line}: ${step.text}\n${error}${said ?? ''}`, { cause: error })
  }
}

function commandOf({ command, negated }: Step): Command {
  if (negated && /^\d+$/.test(command)) return failing(Number(command))
  const known = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined
  assert.ok(known !== undefined, 'no such command')
  assert.ok(!negated || !['keyhold', 'exec'].includes(command), 'say with which exit code: ! 5 keyhold …')
  return known
}

function failing(exitCode: number): Command {
  assert.notEqual(exitCode, 0)
  return (transcript, { words: [program, ...args] }) => {
    assert.equal(transcript.text(program), 'keyhold')
    return keyhold(transcript, args, exitCode)
  }
}

async function keyhold(transcript: Transcript, words: readonly Word[], exitCode: number): Promise<void> {
  const args = words.map((word) => transcript.text(word))
  transcript.last = await piped(args, transcript.takeInput(), transcript.env, transcript.folder)
  assert.equal(transcript.last.status, exitCode, `exit code ${transcript.last.status}`)
  assert.doesNotMatch(transcript.last.stderr, /^\s+at /m, 'a stack trace')
}

async function exec(transcript: Transcript, words: readonly Word[]): Promise<void> {
  const [program = '', ...args] = words.map((word) => transcript.text(word))
  const child = spawn(program, args, { cwd: transcript.folder, env: transcript.env, stdio: 'pipe' })
  child.stdin.on('error', () => undefined) // a program need not read it
  child.stdin.end(transcript.takeInput())
  transcript.last = await outcome(child)
  assert.equal(transcript.last.status, 0, `exit code ${transcript.last.status}`)
}

function matches(transcript: Transcript, name: string, wanted: Word | undefined, negated: boolean): void {
  assert.ok(wanted !== undefined, 'a pattern is missing')
  const found = pattern(wanted, transcript.env).test(String(transcript.read(name)))
  assert.equal(found, !negated, negated ? 'found' : 'not found')
}
