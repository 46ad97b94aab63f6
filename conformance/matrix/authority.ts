import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Files of a private certificate authority and of a server's certificate that it signed. */
export interface Authority {
  authority: string
  certificate: string
  key: string
}

/** What clients of all languages accept: RFC 5280's basic constraints and key identifiers, and the server's names. */
const SERVER_EXTENSIONS = `basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=serverAuth
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
subjectAltName=DNS:localhost,IP:127.0.0.1
`

/** Makes them in a folder, with openssl, for a server on `localhost`. */
export async function makeAuthority(folder: string): Promise<Authority> {
  const at = (name: string): string => join(folder, name)
  const openssl = (words: string): Promise<unknown> => run('openssl', words.split(' '), { cwd: folder })
  const newKey = 'req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
  await openssl(
    `${newKey} -x509 -days 7 -subj /CN=Matrix -keyout ca-key.pem -out ca.pem -addext keyUsage=critical,keyCertSign,cRLSign`,
  )
  await openssl(`${newKey} -subj /CN=localhost -keyout key.pem -out request.pem`)
  await writeFile(at('extensions'), SERVER_EXTENSIONS)
  await openssl(
    'x509 -req -in request.pem -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 7 -extfile extensions -out certificate.pem',
  )
  return { authority: at('ca.pem'), certificate: at('certificate.pem'), key: at('key.pem') }
}
