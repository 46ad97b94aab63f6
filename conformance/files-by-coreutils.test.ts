/** What the command leaves of files and their names, as the system's own programs see it; and what it wrote, as AWS's client does. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import * as aws from '@aws-crypto/client-node'
import { KMS } from '@aws-sdk/client-kms'
import { folder } from '../tools/testing/folder.ts'
import { nodeArguments } from '../tools/testing/keyhold.ts'
import { needs } from '../tools/testing/needs.ts'
import { clientEnvironment, startServer, type TestServer } from './server.ts'

const LAUNCHER = join(import.meta.dirname, '../packages/cli/bin/keyhold.js')
/** Long names of two and three bytes for each character, and what shells and options are confused by. */
const NAMES = `
long=$(printf 'ä%.0s' $(seq 120)); wide=$(printf '語%.0s' $(seq 78))
names=("$long" "$wide" $'two\\nlines' '-k' ' a  b ' $'\\x01\\x1b[31m' 'é' $'e\\u0301' '*' '.hidden')`

describe('files as other programs see them', { skip: process.platform !== 'linux' && 'GNU programs look' }, () => {
  let server: TestServer
  let sdk: KMS
  let arn: string
  before(async () => {
    server = await startServer()
    sdk = new KMS({ ...server, maxAttempts: 1 })
    arn = (await sdk.createKey({})).KeyMetadata!.Arn!
  })
  after(async () => {
    sdk?.destroy()
    await server?.stop()
  })

  /** Runs commands of a shell, in which K is the command, and L what npm installs for it. The first that fails ends it. */
  async function shell(cwd: string, commands: string): Promise<string> {
    const command = [process.execPath, ...nodeArguments([])].map((word) => `'${word}'`).join(' ')
    const script = `K() { ${command} "$@"; }\nL() { '${process.execPath}' '${LAUNCHER}' "$@"; }\n${commands}`
    const env = { ...clientEnvironment(server), AWS_ENDPOINT_URL_KMS: server.endpoint, ARN: arn, LC_ALL: 'C.UTF-8' }
    const { stdout } = await promisify(execFile)('bash', ['-euc', script], { cwd, env })
    return stdout
  }

  async function opensInOfficialClient(path: string): Promise<string> {
    const keyring = new aws.KmsKeyringNode({ clientProvider: () => sdk, generatorKeyId: arn })
    const official = aws.buildClient(aws.CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
    return String((await official.decrypt(keyring, await readFile(path))).plaintext)
  }

  const tools = ['bash', 'getfacl', 'getfattr', 'rsync'] as const
  test(
    'rewrap leaves owner, mode, ACL and attributes to getfacl, getfattr, stat and rsync',
    { skip: needs(...tools) },
    async () => {
      await using files = await folder()
      const printed = await shell(
        files.path('.'),
        `
      mkdir tree; printf content > plain
      for name in a b; do K encrypt -k "$ARN" -o tree/$name.kh plain; done
      chmod 4750 tree/a.kh; setfacl -m u:1:r,g:2:rw tree/a.kh; setfattr -n user.origin -v 'the archive' tree/a.kh
      chmod 0604 tree/b.kh
      [ "$(id -u)" != 0 ] || { chown 12:34 tree/a.kh; chmod 4750 tree/a.kh; setfacl -m u:1:r,g:2:rw tree/a.kh; chown 0:34 tree/b.kh; }
      look() { (cd tree; getfacl -n -- *; getfattr -d -m - -- *; stat -c '%n %u:%g %a %F %h' -- *); }
      look > before; cp -a tree old
      K rewrap -r -q -k "$ARN" tree
      look > after
      cmp before after
      cat before
      rsync -n --itemize-changes -aAX --checksum tree/ old/`,
      )
      assert.match(printed, /user\.origin="the archive"/)
      const changes = printed.split('\n').filter((line) => line.startsWith('>f'))
      assert.equal(changes.length, 2, printed)
      // Content and times: not permissions, owner, group, ACL or extended attributes.
      for (const change of changes) assert.match(change, /^>fc[s.][t.]\.{6} /)
      for (const name of ['a', 'b']) assert.equal(await opensInOfficialClient(files.path(`tree/${name}.kh`)), 'content')
    },
  )

  test('names come back byte by byte to find, ls, tar and sort', { skip: needs('bash') }, async () => {
    await using files = await folder()
    await shell(
      files.path('.'),
      `${NAMES}
      mkdir -p in/folder
      for name in "\${names[@]}"; do printf %s "$name" > in/"$name"; cp in/"$name" in/folder/"$name"; done
      K encrypt -r -q -k "$ARN" -o sealed in
      K decrypt -r -q -o out sealed
      list() { (cd "$1"; find . -print0 | LC_ALL=C sort -z; find . -exec ls -bd {} + | LC_ALL=C sort); }
      cmp <(list in) <(list out)
      pack() { tar -C "$1" --sort=name --format=gnu --mode=600 -c .; }
      cmp <(pack in) <(pack out)
      files() { find "$1" -type f -printf "$2" | LC_ALL=C sort -z; }
      cmp <(files in '%P.kh\\0') <(files sealed '%P\\0')
      K encrypt -k "$ARN" -o "./$wide" "in/$wide"; cp "./$wide" single; K decrypt "./$wide" | cmp - "in/$wide"`,
    )
    assert.equal(await opensInOfficialClient(files.path('single')), '語'.repeat(78))
  })

  test('names that are no UTF-8 are refused and never changed', { skip: needs('bash') }, async () => {
    await using files = await folder()
    const printed = await shell(
      files.path('.'),
      `
      mkdir -p in/$'folder\\xfd'; printf whole > in/whole
      for name in $'n\\xff' $'n\\xfe' $'folder\\xfd'/inner; do printf %s "$name" > in/"$name"; done
      fails() { if "$@" 2>> said; then echo "$* did not fail" >&2; exit 1; fi; }
      fails K encrypt -r -k "$ARN" -o sealed in
      fails L encrypt -k "$ARN" -o $'n\\xff' in/whole
      fails L encrypt -k "$ARN" -o other in/$'n\\xff'
      K encrypt -k "$ARN" < in/$'n\\xff' > $'n\\xff'; K decrypt < $'n\\xff' | cmp - in/$'n\\xff'
      ls -b . sealed`,
    )
    assert.deepEqual(printed.split('\n').filter(Boolean), [
      '.:',
      'in',
      'n\\377',
      'said',
      'sealed',
      'sealed:',
      'whole.kh',
    ])
    assert.equal(await opensInOfficialClient(files.path('sealed/whole.kh')), 'whole')
  })

  test('an output that exists is replaced as by cp, readlink and cmp', { skip: needs('bash') }, async () => {
    await using files = await folder()
    await shell(
      files.path('.'),
      `
      printf one > one; printf two > two; printf old > file; ln -s file link; ln -s nowhere dangling; ln one hard
      fails() { if "$@" 2>> said; then echo "$* did not fail" >&2; exit 1; fi; }
      K encrypt -k "$ARN" -o link one
      [ "$(readlink link)" = file ]; [ ! -L file ]; K decrypt link | cmp - one
      cp file kept; fails K encrypt --no-clobber -k "$ARN" -o file two; cmp kept file
      fails K encrypt --no-clobber -k "$ARN" -o link two; cmp kept file
      K encrypt --no-clobber -k "$ARN" -o fresh two; K decrypt fresh | cmp - two
      fails K encrypt -k "$ARN" -o dangling one; [ "$(readlink dangling)" = nowhere ]; [ ! -e nowhere ]
      fails K encrypt -k "$ARN" -o hard one; cmp hard one; [ "$(stat -c %i hard)" = "$(stat -c %i one)" ]
      K encrypt -k "$ARN" -o file two; K decrypt link | cmp - two
      K encrypt -k "$ARN" --in-place two; K decrypt two | cmp - <(printf two)
      [ "$(find . -name '*.tmp' -o -name '*.lock' | wc -l)" = 0 ]`,
    )
    for (const [name, content] of [
      ['link', 'two'],
      ['kept', 'one'],
      ['fresh', 'two'],
      ['two', 'two'],
    ] as const) {
      assert.equal(await opensInOfficialClient(files.path(name)), content)
    }
  })
})
