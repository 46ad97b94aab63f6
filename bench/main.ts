import { benchService } from './service.ts'

await benchService()
