#!/usr/bin/env node
// The command's entry: registers the TypeScript loader, then hands over to the command line.
import { register } from 'tsx/esm/api'

register()
const { main } = await import('./cli.ts')
await main(process.argv.slice(2))
