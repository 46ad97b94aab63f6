/** What `npm run package` makes, installed and used in systems that have nothing else, without a network. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { makeCleanRoot, noCleanRoot, runInRoot } from '../clean-root.ts'

const run = promisify(execFile)
const skip = noCleanRoot()
let folder: string
let artifacts: string
let root: string
let built: NodeJS.ProcessEnv

before(async () => {
  if (skip !== false) return
  folder = mkdtempSync(join(tmpdir(), 'keyhold-installed-'))
  artifacts = join(folder, 'artifacts')
  root = join(folder, 'root')
  const { stdout } = await run('git', ['log', '-1', '--format=%ct'])
  built = { ...process.env, SOURCE_DATE_EPOCH: stdout.trim() }
  await Promise.all([makeCleanRoot(root), run(process.execPath, packaging(artifacts), { env: built })])
})

after(() => {
  if (skip === false) rmSync(folder, { recursive: true, force: true })
})

function packaging(output: string): string[] {
  return ['--conditions=source', 'tools/packages/main.ts', output]
}

/** Starts a service on `vault`, and leaves the words that a shell needs to use it. */
const SERVICE = `
keyhold serve --data vault > serve.log 2>&1 &
until grep -q '^Ready' serve.log; do sleep 0.1; done
export AWS_ENDPOINT_URL_KMS=http://127.0.0.1:5670 AWS_REGION=eu-central-1 AWS_SHARED_CREDENTIALS_FILE=$PWD/credentials
`

test('the checksums are those of the files', { skip }, async () => {
  const { stdout } = await run('sha256sum', ['--check', 'SHA256SUMS'], { cwd: artifacts })
  assert.equal(stdout.match(/: OK$/gm)?.length, globSync('*', { cwd: artifacts }).length - 1)
})

test('the tarball runs where it is unpacked, on a system without libatomic', { skip }, async () => {
  mkdirSync(join(root, 'opt/keyhold'), { recursive: true })
  const [tarball = ''] = globSync(join(artifacts, '*.tar.gz'))
  await run('tar', ['xzf', tarball, '--strip-components=1', '-C', join(root, 'opt/keyhold')])
  const printed = await runInRoot(
    root,
    `! ls /usr/lib/*/libatomic.so.1 2> /dev/null
mkdir /tmp/used; cd /tmp/used; PATH=/opt/keyhold/bin:$PATH
keyhold init vault --no-recovery --credentials-file credentials > /dev/null
${SERVICE}
keyhold key create --alias files > /dev/null
echo 42 pigeons > plain
keyhold encrypt -k alias/files -o sealed plain
keyhold decrypt -o opened sealed
cmp plain opened
keyhold exec --env A=sealed -- sh -c 'echo "$A, \${LD_LIBRARY_PATH-none}, \${KEYHOLD_LIBRARY_PATH-none}"'
kill %1; wait %1; keyhold audit verify --data vault`,
  )
  assert.match(printed, /^42 pigeons, none, none$/m)
  assert.match(printed, /The audit log is sound/)
})

test('the guide for Debian holds, from the package to the first client and back', { skip }, async () => {
  cpSync(artifacts, join(root, 'root'), { recursive: true })
  const libraries = globSync(join(folder, 'libatomic1_*.deb'))
  if (libraries.length === 0) await run('apt-get', ['download', 'libatomic1'], { cwd: folder })
  const [library = ''] = globSync(join(folder, 'libatomic1_*.deb'))
  cpSync(library, join(root, 'tmp/libatomic1.deb'))
  const guide = readFileSync('docs/guide/install-debian.md', 'utf8')
  const blocks = [...guide.matchAll(/^```host( systemd)?\n(.*?)^```$/gms)]
  assert.equal(blocks.length, 5)
  // What the unit does: its user, its settings, and nothing else.
  const unit = `setpriv --reuid=keyhold --regid=keyhold --init-groups env KEYHOLD_CONFIG=/etc/keyhold/keyhold.yaml keyhold serve > /tmp/serve.log 2>&1 &
until grep -q '^Ready' /tmp/serve.log; do sleep 0.1; done`
  const script = blocks.map(([, systemd, lines = '']) => (systemd ? unit : lines.replaceAll(/^# /gm, ''))).join('\n')
  const printed = await runInRoot(
    root,
    `cd /root; dpkg -i /tmp/libatomic1.deb\n${script}\nls -A /var/lib/keyhold; getent passwd keyhold`,
  )
  assert.match(printed, /^42 pigeons$/m)
  assert.match(printed, /The keys in \/var\/lib\/keyhold were kept/)
  assert.match(printed, /^keyhold:x:\d+:\d+:/m)
})

test('the bill of materials names the library of Debian that the tarball has', { skip }, () => {
  const [file = ''] = globSync(join(artifacts, '*.cdx.json'))
  const { components } = JSON.parse(readFileSync(file, 'utf8')) as { components: { name: string; version: string }[] }
  const library = components.find(({ name }) => name === 'libatomic1')
  assert.match(library?.version ?? '', /^\d/)
})

test('the image runs with a root that cannot be written, as its user, and stops at SIGTERM', { skip }, async () => {
  const [image = ''] = globSync(join(artifacts, '*.oci.tar'))
  const layout = join(folder, 'layout')
  const unpacked = join(folder, 'image')
  for (const each of [layout, unpacked]) mkdirSync(each)
  await run('tar', ['xf', image, '-C', layout])
  const blob = (digest: string): string => join(layout, 'blobs', digest.replace(':', '/'))
  const read = (file: string): Manifest => JSON.parse(readFileSync(file, 'utf8')) as Manifest
  const manifest = read(blob(read(join(layout, 'index.json')).manifests[0]!.digest))
  const { config } = JSON.parse(readFileSync(blob(manifest.config.digest), 'utf8')) as { config: Configuration }
  await run('tar', ['xzf', blob(manifest.layers[0]!.digest), '-C', unpacked])
  assert.equal(config.User, '65532:65532')
  const [health = '', ...healthWords] = config.Healthcheck.Test.slice(1)
  const script = `
mount --bind "$0" "$0"; mount -o remount,bind,ro "$0"; mount -t tmpfs -o mode=777 data "$0/data"; ip link set lo up
inside() { exec env -i ${config.Env.join(' ')} /usr/sbin/chroot --userspec=${config.User} "$0" "$@"; }
(inside ${config.Entrypoint.join(' ')} dev) > "$1" 2>&1 &
until grep -q '^Ready' "$1"; do sleep 0.1; done
(inside ${health} '${healthWords[0]}' "$2") || exit 1
export AWS_ENDPOINT_URL_KMS=http://127.0.0.1:5670 AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=1 AWS_SECRET_ACCESS_KEY=2
node_modules/.bin/node packages/cli/bin/keyhold.js key create --alias image | grep alias/image
kill %1; wait %1; echo "ended with $?"
! (inside ${health} '${healthWords[0]}' "$2")`
  const namespaces = [
    '--net',
    '--mount',
    'bash',
    '-c',
    script,
    unpacked,
    join(folder, 'image.log'),
    healthWords[1] ?? '',
  ]
  const { stdout } = await run('unshare', namespaces, { env: { PATH: process.env['PATH'], HOME: folder } })
  assert.match(stdout, /alias\/image\nended with 0$/m)
})

interface Manifest {
  manifests: { digest: string }[]
  config: { digest: string }
  layers: { digest: string }[]
}

interface Configuration {
  User: string
  Env: string[]
  Entrypoint: string[]
  Healthcheck: { Test: string[] }
}
