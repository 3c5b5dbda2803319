/** The page's entry. */
import './theme.css'
import './ui/controls.css'
import './shell.css'
import { render } from 'preact'
import { z } from 'zod'
import { Shell } from './shell.tsx'
import { ErrorBoundary } from './ui/states.tsx'

// The Content-Security-Policy forbids code made from text, which zod would use to be faster.
z.config({ jitless: true })

render(
  <ErrorBoundary>
    <Shell />
  </ErrorBoundary>,
  document.getElementById('page') as HTMLElement,
)
