import type { Logger } from '../../src/platform/logger.ts'

/** For tests that make the server complain on purpose. */
export const silentLogger: Logger = { info() {}, warn() {}, error() {} }
