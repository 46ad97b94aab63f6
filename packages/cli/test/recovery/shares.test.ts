import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { nodeArguments } from '../../../../tools/testing/keyhold.ts'
import { needs } from '../../../../tools/testing/needs.ts'
import { type SharesFlags, wantedShares } from '../../src/recovery/options.ts'
import { cleanEnvironment, fail, succeed, temporaryFolder } from '../support/vault.ts'
import vector from '../../../../vectors/recovery-shares/version-1.json' with { type: 'json' }

const run = promisify(execFile)
const LINE = /KEYHOLD-SHARE-1:[A-Z2-7]{90}/

function initialize(folder: string, ...flags: string[]): string[] {
  return ['init', join(folder, 'data'), '--credentials-file', join(folder, 'credentials'), ...flags]
}

test('init writes a page for each holder, who checks it alone, and says where they are and nothing of them', async (t) => {
  const folder = temporaryFolder(t)
  const pages = join(folder, 'pages')
  const said = await succeed(initialize(folder, '--shares', '3', '--threshold', '2', '--shares-dir', pages))
  assert.match(said, /^Recovery +any 2 of 3 shares$/m)
  assert.doesNotMatch(said, LINE)
  const names = ['share-1-of-3.html', 'share-2-of-3.html', 'share-3-of-3.html']
  assert.deepEqual(readdirSync(pages).toSorted(), names)
  for (const name of names) assert.equal(statSync(join(pages, name)).mode & 0o777, 0o600)
  assert.equal(statSync(pages).mode & 0o777, 0o700)

  const page = join(pages, names[1]!)
  const checked = await succeed(['operator', 'recovery', 'check', '--share', page, '--data', join(folder, 'data')])
  assert.match(
    checked,
    /^Share 2 of 3 is sound: set [0-9a-f]{8} of the root [0-9a-f]{8}, .* of the way recovery of .*, as it was handed out\.\n$/,
  )
  assert.doesNotMatch(checked, LINE)

  const [line = ''] = LINE.exec(readFileSync(page, 'utf8')) ?? []
  const damaged = join(folder, 'damaged')
  writeFileSync(damaged, line.slice(0, 60) + (line[60] === 'A' ? 'B' : 'A') + line.slice(61))
  const { status, stdout } = await ended(['operator', 'recovery', 'check', '--share', damaged, '--json'])
  assert.equal(status, 8)
  assert.deepEqual(JSON.parse(stdout), { fault: 'is damaged: it does not match its checksum' })

  const foreign = join(folder, 'foreign')
  writeFileSync(foreign, vector.shares[0]!.words)
  const alone = await succeed(['operator', 'recovery', 'check', '--share', foreign])
  assert.equal(alone, 'Share 1 of 5 is sound: set 0d9c6f2e of the root 6f1d3c52, which any 3 shares open.\n')
  const other = await ended(['operator', 'recovery', 'check', '--share', foreign, '--data', join(folder, 'data')])
  assert.equal(other.status, 8)
  assert.match(
    other.stdout,
    /share 1 of the set 0d9c6f2e of the root 6f1d3c52, which the data folder does not have: its sets are/,
  )
})

async function ended(args: readonly string[]): Promise<{ status: number; stdout: string }> {
  return run(process.execPath, nodeArguments(args), { env: cleanEnvironment() })
    .then(({ stdout }) => ({ status: 0, stdout }))
    .catch(({ code, stdout }: { code: number; stdout: string }) => ({ status: code, stdout }))
}

test('what cannot be is refused before anything is made', async (t) => {
  const folder = temporaryFolder(t)
  const [used, fresh] = [join(folder, 'used'), join(folder, 'fresh')]
  mkdirSync(used)
  writeFileSync(join(used, 'mine'), 'precious')
  const recipient = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'
  const two = { shares: 2, threshold: 2 }
  const cases: [flags: SharesFlags, message: RegExp][] = [
    [{ shares: 3 }, /Say both how many shares there are and how many of them open/],
    [{ threshold: 3 }, /Say both/],
    [{ sharesDir: fresh }, /Say both/],
    [{ shares: 3, threshold: 1 }, /2 to 32 shares, of which at least 2/],
    [{ shares: 3, threshold: 4 }, /2 to 32 shares/],
    [{ shares: 33, threshold: 4 }, /2 to 32 shares/],
    [{ ...two, json: true }, /With --json no share is shown/],
    [{ ...two, sharesDir: used }, /is not empty/],
    [{ ...two, sharesDir: fresh, shareTo: [recipient] }, /2 shares and 1 recipients/],
    [{ ...two, sharesDir: fresh, shareTo: [recipient, recipient] }, /the same recipient, who would have both/],
    [{ ...two, sharesDir: fresh, shareTo: [recipient, 'ann'] }, /"ann" is no recipient of age/],
    [{ ...two, shareTo: [recipient, `${recipient}x`] }, /is no recipient of age/],
  ]
  for (const [flags, message] of cases) await assert.rejects(wantedShares(flags), message)
  await fail(initialize(folder), 2, /--shares 5 --threshold 3 .*--no-recovery/)
  await fail(initialize(folder, '--shares', '2', '--threshold', '2'), 2, /Say where the shares go: --shares-dir DIR/)
  const both = ['--no-recovery', '--shares', '2', '--threshold', '2', '--shares-dir', fresh]
  await fail(initialize(folder, ...both), 2, /Say either --shares or --no-recovery/)
  assert.deepEqual(readdirSync(folder), ['used'])
  assert.deepEqual(readdirSync(used), ['mine'])
})

test('init takes everything back when the shares cannot be handed out', async (t) => {
  const folder = temporaryFolder(t)
  const place = join(folder, 'file')
  writeFileSync(place, '')
  const flags = ['--shares', '3', '--threshold', '2', '--shares-dir', join(folder, 'n'.repeat(300))]
  const { status } = await ended(initialize(folder, ...flags))
  assert.notEqual(status, 0)
  assert.equal(existsSync(join(folder, 'data.root')), false)
  assert.equal(existsSync(join(folder, 'credentials')), false)
  assert.deepEqual(existsSync(join(folder, 'data')) ? readdirSync(join(folder, 'data')) : [], [])
})

test('two holders open a folder whose root file is lost, and make a new set; the old one opens the copy of before', async (t) => {
  const folder = temporaryFolder(t)
  const [data, copy, old, fresh] = [
    join(folder, 'data'),
    join(folder, 'copy'),
    join(folder, 'old'),
    join(folder, 'fresh'),
  ]
  await succeed(initialize(folder, '--shares', '3', '--threshold', '2', '--shares-dir', old))
  cpSync(data, copy, { recursive: true })
  rmSync(join(folder, 'data.root'))
  const ls = ['operator', 'region', 'ls', '--json']
  const [one, three] = [join(old, 'share-1-of-3.html'), join(old, 'share-3-of-3.html')]
  const tooFew = /recovery opens with 2 of its 3 shares\. Those given have 1 \(.*share-1-of-3\.html\)\./
  await fail([...ls, '--data', data, '--share', one], 7, tooFew)
  const both = ['--share', one, '--share', three]
  const made = ['operator', 'root', 'add', 'shares', '--name', 'later', '--shares', '2', '--threshold', '2']
  await succeed([...made, '--data', data, ...both, '--shares-dir', fresh])
  const later = ['--share', join(fresh, 'share-1-of-2.html'), '--share', join(fresh, 'share-2-of-2.html')]
  await succeed([...ls, '--data', data, ...later])
  await succeed([...ls, '--data', copy, ...both])
  await fail([...ls, '--data', copy, ...later], 7, /share-1-of-2\.html is share 1 of another set: /)
})

test('age opens the page of its holder, and no other', { skip: needs('age') }, async (t) => {
  const folder = temporaryFolder(t)
  const holders = await Promise.all(
    ['ann', 'ben'].map(async (name) => {
      const identity = join(folder, name)
      const { stderr } = await run('age-keygen', ['-o', identity])
      return { identity, recipient: stderr.trim().split(' ').at(-1)! }
    }),
  )
  const to = holders.flatMap(({ recipient }) => ['--share-to', recipient])
  const flags = ['--shares', '2', '--threshold', '2', '--shares-dir', join(folder, 'shares'), ...to]
  await succeed(initialize(folder, ...flags))
  for (const [at, { identity }] of holders.entries()) {
    const file = join(folder, 'shares', `share-${at + 1}-of-2.html.age`)
    const page = join(folder, `page-${at}`)
    writeFileSync(page, (await run('age', ['-d', '-i', identity, file])).stdout)
    const checked = await succeed(['operator', 'recovery', 'check', '--share', page, '--data', join(folder, 'data')])
    assert.match(checked, new RegExp(`^Share ${at + 1} of 2 is sound`))
    await assert.rejects(run('age', ['-d', '-i', holders[1 - at]!.identity, file]), /no identity matched/)
  }
})

/** Runs a command on a terminal, presses Enter when it asks, and prints all that the terminal got. */
const ON_A_TERMINAL = `
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
got = b""
answered = 0
while True:
    try:
        read = os.read(terminal, 65536)
    except OSError:
        break
    if not read:
        break
    got += read
    asked = got.count(b"Enter shows it: ") + got.count(b"not shown again. ")
    while answered < asked:
        os.write(terminal, b"\\n")
        answered += 1
os.waitpid(pid, 0)
sys.stdout.buffer.write(got)
`

test(
  'a terminal shows one share after the other, and none of them stays on it',
  { skip: needs('python3') },
  async (t) => {
    const folder = temporaryFolder(t)
    const args = [process.execPath, ...nodeArguments(initialize(folder, '--shares', '3', '--threshold', '2'))]
    const { stdout } = await run('python3', ['-c', ON_A_TERMINAL, ...args], { env: cleanEnvironment() })
    // Between these a terminal shows its other screen, of which nothing can be scrolled back to.
    const screens = stdout
      .split('\u001B[?1049h')
      .slice(1)
      .map((after) => after.split('\u001B[?1049l'))
    assert.equal(screens.length, 3, stdout)
    for (const [at, [shown = '', after = '']] of screens.entries()) {
      assert.equal(shown.match(new RegExp(LINE, 'g'))?.length, 1)
      assert.match(shown, new RegExp(`Keyhold recovery share ${at + 1} of 3`))
      assert(shown.endsWith('\u001B[2J\u001B[3J\u001B[H'))
      assert.doesNotMatch(after, LINE)
      const page = join(folder, `page-${at}`)
      writeFileSync(page, shown)
      await succeed(['operator', 'recovery', 'check', '--share', page, '--data', join(folder, 'data')])
    }
    assert.match(stdout, /Each was shown once, and is nowhere else\./)
  },
)
