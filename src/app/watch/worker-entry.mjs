// A thread of the server: registers the TypeScript loader, then hands over to worker-jobs.ts.
import { register } from 'tsx/esm/api'

register()
await import('./worker-jobs.ts')
