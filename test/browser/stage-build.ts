/** Builds the page with nothing but boards (stage-page.tsx). */
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

export const STAGE_PAGE = 'stage-page.html'

export async function buildStagePage(folder: string): Promise<void> {
  const here = fileURLToPath(new URL('.', import.meta.url))
  await build({
    configFile: false,
    root: here,
    base: './',
    logLevel: 'error',
    mode: 'production',
    build: {
      outDir: folder,
      emptyOutDir: true,
      target: 'es2023',
      chunkSizeWarningLimit: 2000,
      rolldownOptions: { input: fileURLToPath(new URL(STAGE_PAGE, import.meta.url)) },
    },
  })
}
