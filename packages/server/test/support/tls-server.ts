import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { type CertificateOptions, selfSigned } from '../../../../tools/testing/certificate.ts'

/** A substitute for an external service. */
export interface TlsServer {
  port: number
  /** Its certificate, which is its own authority. */
  caFile: string
  /** The paths that were asked for. */
  paths: string[]
}

/** A folder that is removed after the test file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'keyhold-outbound-'))
  after(() => rmSync(folder, { recursive: true }))
  return folder
}

/** A real TLS server on a free port of 127.0.0.1, closed after the test file. */
export async function serveTls(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
  options: Partial<CertificateOptions> = {},
): Promise<TlsServer> {
  const { key, certificate } = selfSigned({ names: ['issuer.test', '127.0.0.1'], ...options })
  const caFile = join(temporaryFolder(), 'ca.pem')
  writeFileSync(caFile, certificate)
  const paths: string[] = []
  const server = createServer({ key, cert: certificate }, (request, response) => {
    paths.push(request.url ?? '')
    handle(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, caFile, paths }
}

/** Answers with `document`, as any issuer does. */
export function sendJson(response: ServerResponse, document: unknown): void {
  response.setHeader('Content-Type', 'application/json; charset=utf-8')
  response.end(JSON.stringify(document))
}
