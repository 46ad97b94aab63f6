import { devCaller } from '../../packages/server/src/identity/authentication/dev-caller.ts'
import { storedAccessKeys } from '../../packages/server/src/identity/authentication/stored-access-keys.ts'
import { sigV4Verifier } from '../../packages/server/src/identity/authentication/verify-sigv4.ts'
import { SIGNING_NAMES } from '../../packages/server/src/host/http/service.ts'
import { standardErrorLogger } from '../../packages/server/src/platform/log/line-logger.ts'
import { networkOf } from '../../packages/server/src/host/assembly/network.ts'
import { alwaysOpen, type Served } from '../../packages/server/src/host/assembly/served.ts'
import { start } from '../../packages/server/src/host/assembly/start.ts'
import { beginWork } from '../../packages/server/src/host/assembly/working.ts'
import { openBenchEngine } from './population.ts'

/**
 * A server on FOLDER whose authentication and enforcement are chosen apart, as no command does: `believed` is `keyhold
 * dev`, `off` verifies signatures and enforces nothing, `on` is `keyhold serve`.
 */
const [, , folder = '', mode = 'on'] = process.argv
const engine = await openBenchEngine(folder, standardErrorLogger('warn'))
const accessKeys = storedAccessKeys(engine.directory, engine.hierarchy)
const authenticate =
  mode === 'believed'
    ? devCaller({ accessKeys, services: SIGNING_NAMES })
    : sigV4Verifier({ accessKeys, random: engine.random, services: SIGNING_NAMES })
const opened = new AsyncDisposableStack()
opened.defer(() => engine.close())
const enforcement = mode === 'on' ? 'on' : 'off'
const begin = async (): Promise<Served> => {
  const working = opened.adopt(await beginWork({ engine, authenticate, enforcement }), (begun) => begun.end())
  return alwaysOpen({ engine, working }, engine.clock.now())
}
const { running: server } = await start({ ...engine, begin, network: networkOf({ port: 0 }), notices: [] }, opened)
process.stdout.write(`${server.port}\n`)
process.on('SIGTERM', () => void server.stop())
