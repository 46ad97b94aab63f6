import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { appendToArchive, makeArchive } from './archive.ts'
import { writeBillOfMaterials } from './bill-of-materials.ts'
import type { Library } from './libraries.ts'
import { VERSION } from './npm.ts'
import { PROJECT } from './project.ts'
import { builtAt } from './source-date.ts'

/** A number that no host gives to a user. */
const USER = 65_532

/**
 * Makes an image for containers, as a tar file of an OCI image layout: Node, the command, and the libraries that Node needs.
 * There is no shell in it, and its user can write to /data and /tmp only.
 */
export async function makeImage(
  tree: string,
  { folder: libraries, known }: { folder: string; known: readonly Library[] },
  work: string,
  output: string,
): Promise<string> {
  const root = join(work, 'image')
  cpSync(tree, join(root, 'usr'), { recursive: true })
  rmSync(join(root, 'usr/bin'), { recursive: true }) // there is no shell to run it
  const lib = join(root, 'usr/lib/keyhold')
  await writeBillOfMaterials(join(lib, 'command'), known, join(lib, 'bill-of-materials.cdx.json'))
  cpSync(libraries, root, { recursive: true, verbatimSymlinks: true })
  mkdirSync(join(root, 'etc'))
  writeFileSync(join(root, 'etc/passwd'), `keyhold:x:${USER}:${USER}::/data:/\n`)
  writeFileSync(join(root, 'etc/group'), `keyhold:x:${USER}:\n`)
  const layer = join(work, 'layer.tar')
  await makeArchive(root, '.', layer)
  const own = join(work, 'own')
  for (const name of ['data', 'tmp']) mkdirSync(join(own, name), { recursive: true })
  await appendToArchive(own, 'data', layer, USER, '0700')
  await appendToArchive(own, 'tmp', layer, 0, '1777')
  const layout = join(work, 'layout')
  await writeLayout(layout, readFileSync(layer))
  const file = join(output, `keyhold-${VERSION}-linux-${process.arch}.oci.tar`)
  await makeArchive(layout, '.', file)
  return file
}

/** https://github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md */
async function writeLayout(layout: string, layer: Buffer): Promise<void> {
  mkdirSync(join(layout, 'blobs/sha256'), { recursive: true })
  const put = (mediaType: string, bytes: Buffer): Descriptor => {
    const digest = sha256(bytes)
    writeFileSync(join(layout, 'blobs/sha256', digest), bytes)
    return { mediaType, digest: `sha256:${digest}`, size: bytes.length }
  }
  const json = (value: object): Buffer => Buffer.from(JSON.stringify(value))
  const type = (name: string): string => `application/vnd.oci.image.${name}`
  const packed = put(type('layer.v1.tar+gzip'), gzipSync(layer, { level: 6 }))
  const config = put(type('config.v1+json'), json(await configuration(sha256(layer))))
  const manifest = { schemaVersion: 2, mediaType: type('manifest.v1+json'), config, layers: [packed] }
  const name = { 'org.opencontainers.image.ref.name': VERSION }
  const manifests = [{ ...put(type('manifest.v1+json'), json(manifest)), annotations: name }]
  writeFileSync(join(layout, 'index.json'), json({ schemaVersion: 2, mediaType: type('index.v1+json'), manifests }))
  writeFileSync(join(layout, 'oci-layout'), json({ imageLayoutVersion: '1.0.0' }))
}

interface Descriptor {
  mediaType: string
  digest: string
  size: number
}

/** Says whether it answers, on the port that it has unless told otherwise. Docker reads this; OCI has no word for it. */
const HEALTH = `fetch('http://127.0.0.1:' + (process.env.KEYHOLD_PORT ?? 5670) + '/healthz').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))`
const SECOND_NS = 1_000_000_000

/** https://github.com/opencontainers/image-spec/blob/v1.1.0/config.md */
async function configuration(layer: string): Promise<object> {
  const created = new Date((await builtAt()) * 1000).toISOString()
  const lib = '/usr/lib/keyhold'
  return {
    created,
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: {
      User: `${USER}:${USER}`,
      ExposedPorts: { '5670/tcp': {} },
      // Under a root that cannot be written, the volume is the one place that can.
      Env: ['PATH=/usr/lib/keyhold/bin', 'HOME=/data', 'TMPDIR=/data'],
      Entrypoint: [`${lib}/bin/node`, '--disable-sigusr1', `${lib}/command/bin/keyhold.js`],
      Cmd: ['--help'],
      Volumes: { '/data': {} },
      WorkingDir: '/data',
      StopSignal: 'SIGTERM',
      Healthcheck: {
        Test: ['CMD', `${lib}/bin/node`, '-e', HEALTH],
        Interval: 30 * SECOND_NS,
        Timeout: 5 * SECOND_NS,
        StartPeriod: 10 * SECOND_NS,
      },
      Labels: {
        'org.opencontainers.image.title': 'keyhold',
        'org.opencontainers.image.version': VERSION,
        'org.opencontainers.image.licenses': 'Apache-2.0',
        'org.opencontainers.image.source': PROJECT,
        'org.opencontainers.image.created': created,
      },
    },
    rootfs: { type: 'layers', diff_ids: [`sha256:${layer}`] },
    history: [{ created, created_by: 'npm run package' }],
  }
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
