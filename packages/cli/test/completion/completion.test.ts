import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { needs } from '../../../../tools/testing/needs.ts'
import { completedCommands } from '../../src/completion/commands.ts'
import { createProgram } from '../../src/program.ts'
import { cleanEnvironment, succeed } from '../support/vault.ts'

const FILE = 'a-file.kh'
const PROGRAM = 'a program and its arguments'

/** A shell, and how to have it complete the last of some words. It prints an offer a line, FILE or PROGRAM among them. */
interface Shell {
  program: 'bash' | 'zsh' | 'fish'
  args: readonly string[]
  script: (completion: string, words: readonly string[]) => string
}

const each = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(' ')

const SHELLS: readonly Shell[] = [
  {
    program: 'bash',
    args: ['--noprofile', '--norc', '-c'],
    // As it does itself, bash completes files unless `compopt` has been told not to, and takes words apart at =.
    script: (completion, words) => `
      source ${completion}
      files=yes; compopt() { files=; }
      COMP_WORDS=(${each(words.flatMap((word) => word.split(/(=)/).filter((part) => part !== '')))} ${words.at(-1) === '' ? "''" : ''})
      COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
      compgen() { if [[ $1 == -c ]]; then echo '${PROGRAM}'; else builtin compgen "$@"; fi; }
      _keyhold
      printf '%s\\n' "\${COMPREPLY[@]}"
      if [[ $files && -z $COMPREPLY ]]; then builtin compgen -f -- "\${COMP_WORDS[COMP_CWORD]#=}"; fi; true`,
  },
  {
    program: 'zsh',
    args: ['-f', '-c'],
    // What belongs to zsh's own system of completion is played here; that system also picks what begins as the last word.
    script: (completion, words) => `
      compdef() { }
      source ${completion}
      compset() { cur=\${cur#*=} }
      _describe() { print -rl -- "\${(@)\${(@P)2}%%:*}" }
      _files() { print -rl -- *(N) }
      _normal() { print '${PROGRAM}' }
      compadd() { shift; print -rl -- "$@" }
      words=(${each(words)}); CURRENT=$#words
      _keyhold | while read -r offer; do [[ $offer == \${\${words[-1]}#*=}* || $offer == '${PROGRAM}' ]] && print -r -- $offer; done; true`,
  },
  {
    program: 'fish',
    args: ['--no-config', '-c'],
    script: (completion, words) =>
      `source ${completion}; complete -C '${words.join(' ')}' | string replace -r '\\t.*' ''; true`,
  },
]

/** What is typed, and what is to be offered. */
const CASES: readonly (readonly [typed: string, offered: readonly string[]])[] = [
  ['keyhold dec', ['decrypt']],
  ['keyhold key al', ['alias']],
  ['keyhold key alias m', ['move']],
  ['keyhold key --n', []],
  ['keyhold key create --multi', ['--multi-region']],
  ['keyhold encrypt --key', ['--key', '--key-file']],
  ['keyhold encrypt a-', [FILE]],
  ['keyhold encrypt -o a-', [FILE]],
  ['keyhold encrypt -k a-', []],
  ['keyhold encrypt -k alias/x a-', [FILE]],
  ['keyhold encrypt --output=a-', [FILE]],
  ['keyhold encrypt -k key cre', []],
  ['keyhold dev --clock ', ['manual', 'system']],
  ['keyhold dev --clock=m', ['manual']],
  ['keyhold dev --clock manual --see', ['--seed']],
  ['keyhold dev --seed a-', [FILE]],
  ['keyhold key show a-', []],
  ['keyhold completion ', ['bash', 'fish', 'zsh']],
  ['keyhold key-file rewrap --remove x --add y a-', [FILE]],
  ['keyhold exec --env A=a-', [FILE]],
]

for (const { program, args, script } of SHELLS) {
  describe(`in ${program}`, { skip: needs(program) }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'keyhold-completion-'))
    const elsewhere = mkdtempSync(join(tmpdir(), 'keyhold-completion-'))
    const completion = join(elsewhere, 'completion')
    before(async () => {
      writeFileSync(join(folder, FILE), '')
      writeFileSync(completion, await succeed(['completion', program]))
    })
    after(() => [folder, elsewhere].forEach((each) => rmSync(each, { recursive: true })))

    function complete(typed: string): string[] {
      const options = { cwd: folder, env: { ...cleanEnvironment(), HOME: folder }, encoding: 'utf8' } as const
      const { stdout, stderr, status } = spawnSync(program, [...args, script(completion, typed.split(' '))], options)
      assert.deepEqual([status, stderr], [0, ''])
      const word = typed.split(' ').at(-1)!
      // Some give back the word whole, some only what comes after its =.
      const withoutFlag = (offer: string): string => offer.slice(/^[^=]*=/.exec(word)?.[0].length ?? 0)
      const lines = stdout.split('\n').filter((line) => line !== '')
      return lines.map((line) => (line.includes('=') ? withoutFlag(line) : line)).toSorted()
    }

    for (const [typed, offered] of CASES) {
      test(`"${typed}" becomes ${offered.join(' or ') || 'nothing'}`, () => assert.deepEqual(complete(typed), offered))
    }

    test('every command below the first is offered', async () => {
      const [{ subcommands } = {}] = completedCommands(await createProgram())
      const names = subcommands?.map(({ name }) => name).toSorted()
      assert.deepEqual(complete('keyhold '), names)
    })

    test('an argument after -- is no flag', () => {
      assert.deepEqual(complete('keyhold encrypt -- --out'), [])
      assert.deepEqual(complete('keyhold encrypt -- a-'), [FILE])
    })

    if (program === 'fish') return
    test('a program that is to be run is completed as such', () =>
      assert.deepEqual(complete('keyhold exec --env A=x -- l'), [PROGRAM]))
  })
}
