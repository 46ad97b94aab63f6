import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Command } from 'commander'
import { EXAMPLES } from '../src/examples.ts'
import { HELP_COLUMNS } from '../src/help.ts'
import { createProgram } from '../src/program.ts'

/** Commands that print no facts of their own, and so have no `--json`. */
const WITHOUT_JSON: Readonly<Record<string, string>> = {
  'keyhold encrypt': 'prints the message; --metadata-output writes JSON about it',
  'keyhold decrypt': 'prints the plaintext; --metadata-output writes JSON about it',
  'keyhold verify': 'prints nothing; --metadata-output writes JSON',
  'keyhold rewrap': 'prints the message; --metadata-output writes JSON about it',
  'keyhold exec': 'prints what the command prints',
  'keyhold dev': 'prints one line when it is ready, which scripts wait for',
  'keyhold serve': 'prints one line when it is ready, which scripts wait for',
  'keyhold config schema': 'prints JSON always',
  'keyhold completion': 'prints a script',
  'keyhold help': 'prints help',
}

/** Defaults as commander shows what is no word: values of JavaScript and times in milliseconds. */
const BANNED_DEFAULT = /default: ?(\[|\{|"|undefined|null|\d{12,})|\(default[^()]*\) \(|choices:/

function commandsBelow(command: Command, path = command.name()): [path: string, command: Command][] {
  return [[path, command], ...command.commands.flatMap((each) => commandsBelow(each, `${path} ${each.name()}`))]
}

const ALL = commandsBelow(await createProgram())

function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({ ...command.configureOutput(), writeOut: (part) => (text += part) })
  command.outputHelp()
  return text
}

describe('the help of', () => {
  for (const [path, command] of ALL) {
    test(path, () => {
      assert.match(command.description(), /^[A-Z`][^]*\.$/, 'the description is made of sentences')
      if (command.parent !== null)
        assert.match(command.summary(), /^[a-z][^]*[^.]$/, 'the summary is a phrase without a full stop')
      for (const option of command.options) assert.ok(option.description, `${option.flags} has a description`)
      for (const operand of command.registeredArguments)
        assert.ok(operand.description, `${operand.name()} has one, too`)
      const text = helpOf(command)
      assert.doesNotMatch(text, BANNED_DEFAULT, 'defaults are words that people type')
      for (const line of text.split('\n'))
        assert.ok(line.length <= HELP_COLUMNS, `at most ${HELP_COLUMNS} columns: ${line}`)
      if (command.commands.length > 0) return
      assert.ok((EXAMPLES[path]?.length ?? 0) >= 2, 'it has two examples, in src/examples.ts')
      const hasJson = command.options.some(({ long }) => long === '--json')
      assert.equal(hasJson, !Object.hasOwn(WITHOUT_JSON, path), 'it has --json, if it prints facts')
    })
  }

  test('nothing else has examples or an excuse', () => {
    const paths = new Set(ALL.map(([path]) => path))
    for (const path of [...Object.keys(EXAMPLES), ...Object.keys(WITHOUT_JSON)]) assert.ok(paths.has(path), path)
  })
})

describe('the examples', () => {
  for (const [path, lines] of Object.entries(EXAMPLES)) {
    test(`of ${path} are about it and are understood`, async () => {
      for (const line of lines) {
        const own = line.split(/ [|>] /).find((part) => part.startsWith('keyhold '))
        assert.ok(`${own} `.startsWith(`${path} `), line)
        await understood(own!)
      }
    })
  }

  test('would fail this test if they were wrong', async () => {
    for (const line of [
      'keyhold encript x',
      'keyhold key ls --bogus',
      'keyhold dev --port x',
      'keyhold serve --data',
    ]) {
      await assert.rejects(understood(line), { name: /CommanderError|InvalidArgumentError/ })
    }
  })
})

/** Parses a command line with the commands as they are; none of them is run. */
async function understood(line: string): Promise<void> {
  const program = await createProgram()
  let parsed = 0
  for (const [path, command] of commandsBelow(program)) {
    command.configureOutput({ ...command.configureOutput(), writeErr: () => undefined })
    if (command.commands.length === 0 && path !== 'keyhold help') command.action(() => void (parsed += 1))
  }
  const words = (line.split(' < ')[0]!.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ''))
  if (words[1] === 'help') {
    const [, , ...rest] = words
    assert.ok(
      ALL.some(([path]) => path === ['keyhold', ...rest].join(' ')),
      line,
    )
    return
  }
  await program.parseAsync(words.slice(1), { from: 'user' })
  assert.equal(parsed, 1, line)
}

describe('help', () => {
  for (const words of ['key', 'key create', 'key alias move', 'operator quota set', 'help']) {
    test(`${words} shows that command`, async () => {
      assert.match(await said('help', ...words.split(' ')), new RegExp(`^Usage: keyhold ${words}\\b`))
    })
  }

  test('of what there is not names what there is', async () => {
    assert.match(await said('help', 'key', 'creat'), /^keyhold: unknown command 'creat'\. There are: create, ls, /)
    assert.match(
      await said('help', 'encrypt', 'x'),
      /^keyhold: unknown command 'x'\. encrypt has no commands below it\./,
    )
    assert.match(
      await said('key', 'creat'),
      /^keyhold: unknown command 'creat'\n\(Did you mean create\?\)\nSee `keyhold key --help`\./,
    )
    assert.match(
      await said('key', 'create', '--alais', 'x'),
      /^keyhold: unknown option '--alais'\n\(Did you mean --alias\?\)\nSee `keyhold key create --help`\./,
    )
  })
})

test('every command has --help, and refuses an option that it does not know', async (t) => {
  t.after(() => delete process.env['KEYHOLD_DATA'])
  process.env['KEYHOLD_DATA'] = 'anywhere'
  for (const [path, command] of ALL) {
    const [, ...words] = path.split(' ')
    assert.match(await said(...words, '--help'), new RegExp(`^Usage: ${path}\\b`))
    // What must be said is asked for before.
    const lacksOption = command.options.some(({ mandatory, envVar }) => mandatory && envVar === undefined)
    const refusal = lacksOption ? /required option/ : /unknown option '--bogus'/
    assert.match(await said(...words, '--bogus'), refusal, path)
  }
})

/** What the command prints, on both streams. */
async function said(...words: readonly string[]): Promise<string> {
  let text = ''
  const program = await createProgram()
  for (const [, command] of commandsBelow(program)) {
    const take = (part: string): void => void (text += part)
    command.configureOutput({ ...command.configureOutput(), writeOut: take, writeErr: take })
  }
  await assert.rejects(program.parseAsync(words, { from: 'user' }), { name: 'CommanderError' })
  return text
}
