import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { selfSigned } from '../tools/testing/certificate.ts'
import { folder } from '../tools/testing/folder.ts'
import { freePort } from '../tools/testing/free-port.ts'

/** A proxy in front of a server. Its clients use `https`; what it forwards comes from {@link PROXY_ADDRESS}. */
export interface Proxy extends AsyncDisposable {
  http: string
  https: string
  /** Like {@link https}, with another Host than clients signed. */
  changing: string
  /** The certificate, which is its own authority. */
  ca: string
}

/** Where proxies connect from, so that their address is not that of their clients. */
export const PROXY_ADDRESS = '127.0.0.9'

const START_TIMEOUT_MS = 10_000

interface Place {
  http: number
  https: number
  changing: number
  upstream: string
  /** Of a file in the proxy's folder. */
  path(name: string): string
}

export function startNginx(upstream: string): Promise<Proxy> {
  return startProxy(upstream, nginxConfiguration, (file) => ['nginx', '-c', file])
}

export function startHaproxy(upstream: string): Promise<Proxy> {
  return startProxy(upstream, haproxyConfiguration, (file) => ['haproxy', '-f', file])
}

/** Layer 4: the PROXY protocol alone says who the client is, and that it used TLS. */
export function startHaproxyV2(upstream: string): Promise<Proxy> {
  return startProxy(upstream, proxyV2Configuration, (file) => ['haproxy', '-f', file])
}

/** `upstream` is the endpoint of a server of plain HTTP. */
async function startProxy(
  upstream: string,
  configure: (place: Place) => string,
  command: (file: string) => readonly string[],
): Promise<Proxy> {
  const place = await folder()
  const { key, certificate: ca } = selfSigned({ names: ['127.0.0.1', 'localhost'] })
  const [http, https, changing] = [await freePort(), await freePort(), await freePort()]
  await mkdir(place.path('temporary'))
  await writeFile(place.path('proxy.pem'), ca + key)
  const configuration = configure({ http, https, changing, upstream: new URL(upstream).host, path: place.path })
  await writeFile(place.path('proxy.conf'), configuration)
  const [program = '', ...args] = command(place.path('proxy.conf'))
  const child = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
  })
  await accepting(child, https)
  return {
    http: `http://127.0.0.1:${http}`,
    https: `https://127.0.0.1:${https}`,
    changing: `https://127.0.0.1:${changing}`,
    ca,
    async [Symbol.asyncDispose]() {
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
      await place[Symbol.asyncDispose]()
    },
  }
}

/** Resolves once the proxy accepts connections. Rejects with what it said if it ends before. */
async function accepting(child: ChildProcess, port: number): Promise<void> {
  let said = ''
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (said += text))
  const signal = AbortSignal.timeout(START_TIMEOUT_MS)
  while (!(await isOpen(port))) {
    if (child.exitCode !== null || signal.aborted) throw new Error(`the proxy did not start: ${said}`)
    await sleep(20)
  }
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' })
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  }).then((open) => {
    socket.destroy()
    return open === true
  })
}

function nginxConfiguration({ http, https, changing, upstream, path }: Place): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const server = (host: string, ...listen: string[]): string => `
  server {
    ${listen.map((where) => `listen 127.0.0.1:${where};`).join('\n    ')}
    location / {
      proxy_pass http://keyhold;
      proxy_bind ${PROXY_ADDRESS};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      ${host}
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header Forwarded "";
    }
  }`
  return `
daemon off; master_process off; pid ${path('pid')}; error_log stderr;
events {}
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${path('temporary')}/${name};`).join('\n  ')}
  ssl_certificate ${path('proxy.pem')};
  ssl_certificate_key ${path('proxy.pem')};
  upstream keyhold { server ${upstream}; keepalive 1; }
  ${server('proxy_set_header Host $http_host;', String(http), `${https} ssl`)}
  ${server('', `${changing} ssl`)}
}
`
}

const HAPROXY_DEFAULTS = `
defaults
  timeout connect 5s
  timeout client 30s
  timeout server 30s
`

function haproxyConfiguration({ http, https, changing, upstream, path }: Place): string {
  const frontend = (name: string, ...lines: string[]): string => `
frontend ${name}
  mode http
  ${lines.join('\n  ')}
  option forwardfor
  http-request set-header X-Forwarded-Proto %[ssl_fc,iif(https,http)]
  http-request del-header Forwarded
  default_backend keyhold`
  const tls = (port: number): string => `bind 127.0.0.1:${port} ssl crt ${path('proxy.pem')}`
  return `${HAPROXY_DEFAULTS}${frontend('same', `bind 127.0.0.1:${http}`, tls(https))}
${frontend('changing', tls(changing), 'http-request set-header Host keyhold')}

backend keyhold
  mode http
  http-reuse always
  server one ${upstream} source ${PROXY_ADDRESS}
`
}

function proxyV2Configuration({ http, https, changing, upstream, path }: Place): string {
  return `${HAPROXY_DEFAULTS}
listen keyhold
  mode tcp
  bind 127.0.0.1:${http}
  bind 127.0.0.1:${https} ssl crt ${path('proxy.pem')}
  bind 127.0.0.1:${changing} ssl crt ${path('proxy.pem')}
  server one ${upstream} source ${PROXY_ADDRESS} send-proxy-v2-ssl
`
}
