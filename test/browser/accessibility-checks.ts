/**
 * What every page must keep for people who see little, use no mouse, or hold a phone. Names and roles are Chromium's own,
 * from its accessibility tree; colours are those that it computed. Each check returns faults, one sentence each.
 */
import type { Page } from 'playwright-core'

/** Roles of what one can operate. */
const CONTROLS = new Set([
  'button',
  'checkbox',
  'combobox',
  'link',
  'listbox',
  'menuitem',
  'menuitemradio',
  'option',
  'radio',
  'searchbox',
  'slider',
  'spinbutton',
  'switch',
  'tab',
  'textbox',
])
/** Roles of what needs a name although one cannot operate it. */
const NAMED = new Set(['dialog', 'alertdialog', 'image', 'Canvas', 'meter', 'progressbar', 'radiogroup'])

interface Node {
  readonly ignored: boolean
  readonly role?: { readonly value?: string }
  readonly name?: { readonly value?: string }
  readonly backendDOMNodeId?: number
}

/** All faults of a page as it stands now. On a phone it must fit; elsewhere the keyboard must reach everything. */
export async function accessibilityFaults(page: Page, { phone = false } = {}): Promise<string[]> {
  return [
    ...(await nameFaults(page)),
    ...(await structureFaults(page)),
    ...(await contrastFaults(page)),
    ...(phone ? await narrowFaults(page) : await keyboardFaults(page)),
  ]
}

/** Controls and pictures without a name. */
export async function nameFaults(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page)
  try {
    const { nodes } = (await session.send('Accessibility.getFullAXTree')) as { nodes: readonly Node[] }
    const faults: string[] = []
    let controls = 0
    for (const { ignored, role, name, backendDOMNodeId } of nodes) {
      const kind = role?.value ?? ''
      if (ignored || !(CONTROLS.has(kind) || NAMED.has(kind))) continue
      controls++
      if (name?.value?.trim()) continue
      const { outerHTML } = await session.send('DOM.getOuterHTML', { backendNodeId: backendDOMNodeId ?? 0 })
      faults.push(`a ${kind} has no name: ${outerHTML.slice(0, 160)}`)
    }
    if (controls === 0) faults.push('the page has no control at all')
    return faults
  } finally {
    await session.detach()
  }
}

/** Ids that are taken twice or missing, headings out of order, no landmark for the content. */
export function structureFaults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const faults: string[] = []
    const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id)
    for (const id of new Set(ids.filter((one, at) => ids.indexOf(one) !== at)))
      faults.push(`two elements have the id '${id}'`)
    for (const attribute of ['for', 'aria-labelledby', 'aria-describedby', 'aria-controls', 'aria-owns']) {
      for (const element of document.querySelectorAll(`[${attribute}]`)) {
        const missing = (element.getAttribute(attribute) ?? '')
          .split(/\s+/)
          .find(id => document.getElementById(id) === null)
        if (missing !== undefined) faults.push(`${attribute} names the id '${missing}', which is not there`)
      }
    }
    const levels = [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')]
      .filter(heading => heading.checkVisibility({ visibilityProperty: true }) && !heading.closest('dialog'))
      .map(({ tagName, textContent }) => ({ level: Number(tagName[1]), textContent }))
    const tops = levels.filter(({ level }) => level === 1)
    if (tops.length !== 1) faults.push(`the page has ${tops.length} headings of level 1, expected one`)
    let before = 0
    for (const { level, textContent } of levels) {
      if (level > before + 1)
        faults.push(`heading '${textContent}' of level ${level} follows one of level ${before}`)
      before = level
    }
    if (document.querySelectorAll('main').length !== 1) faults.push('the page has not one <main>')
    if (!document.documentElement.lang) faults.push('<html> has no lang')
    if (!document.title) faults.push('the page has no title')
    return faults
  })
}

/** Text, and icons of controls, that do not stand out from what is behind them as WCAG AA asks. */
export function contrastFaults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    type Colour = [red: number, green: number, blue: number, alpha: number]
    const paper = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!
    const cache = new Map<string, Colour>()
    const parse = (css: string): Colour => {
      let colour = cache.get(css)
      if (colour === undefined) {
        paper.clearRect(0, 0, 1, 1)
        paper.fillStyle = css
        paper.fillRect(0, 0, 1, 1)
        const [red, green, blue, alpha] = paper.getImageData(0, 0, 1, 1).data
        colour = [red, green, blue, alpha / 255]
        cache.set(css, colour)
      }
      return colour
    }
    const over = ([r, g, b, a]: Colour, [R, G, B, A]: Colour): Colour => {
      const alpha = a + A * (1 - a)
      const mix = (top: number, low: number) => (alpha === 0 ? 0 : (top * a + low * A * (1 - a)) / alpha)
      return [mix(r, R), mix(g, G), mix(b, B), alpha]
    }
    // WCAG 2, relative luminance and contrast ratio.
    const luminance = ([r, g, b]: Colour) => {
      const [R, G, B] = [r, g, b].map(value =>
        value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
      )
      return 0.2126 * R + 0.7152 * G + 0.0722 * B
    }
    const ratio = (one: Colour, other: Colour) => {
      const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b)
      return (high + 0.05) / (low + 0.05)
    }
    const opacityOf = (element: Element) => {
      let opacity = 1
      for (let one: Element | null = element; one; one = one.parentElement)
        opacity *= Number(getComputedStyle(one).opacity)
      return opacity
    }
    /** What lies behind an element, from the top down to something opaque; a picture may have any colour. */
    const groundsOf = (element: Element, box: DOMRect): Colour[] => {
      const stack = document.elementsFromPoint(box.x + box.width / 2, box.y + box.height / 2)
      const at = stack.indexOf(element)
      const ancestors: Element[] = []
      for (let one: Element | null = element; one; one = one.parentElement) ancestors.push(one)
      let ground: Colour = [0, 0, 0, 0]
      for (const one of at < 0 ? ancestors : stack.slice(at)) {
        const isPicture = one instanceof HTMLCanvasElement || one instanceof HTMLImageElement
        const style = getComputedStyle(one)
        if (isPicture || style.backgroundImage !== 'none')
          return [over(ground, [0, 0, 0, 1]), over(ground, [255, 255, 255, 1])]
        ground = over(ground, parse(style.backgroundColor))
        if (ground[3] > 0.995) return [ground]
      }
      return [over(ground, parse('Canvas'))]
    }
    const faults = new Set<string>()
    let looked = 0
    const check = (element: Element, box: DOMRect, css: string, least: number, what: string) => {
      if (box.width < 1 || box.height < 1) return
      looked++
      const [red, green, blue, alpha] = parse(css)
      const colour: Colour = [red, green, blue, alpha * opacityOf(element)]
      const worst = Math.min(...groundsOf(element, box).map(ground => ratio(over(colour, ground), ground)))
      if (worst < least) {
        const name = `${element.tagName.toLowerCase()}.${element.getAttribute('class') ?? ''}`
        faults.add(`${what} in ${name} has contrast ${worst.toFixed(2)}, expected ${least} (colour ${css})`)
      }
    }
    const leastOf = ({ fontSize, fontWeight }: CSSStyleDeclaration) => {
      const size = Number.parseFloat(fontSize)
      return size >= 24 || (size >= 18.66 && Number(fontWeight) >= 700) ? 3 : 4.5
    }
    const isLooked = (element: Element) =>
      element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
      // WCAG asks nothing of what is switched off.
      !element.closest(':disabled, [aria-disabled="true"], [inert]')

    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
      const element = text.parentElement
      const words = text.nodeValue?.trim()
      // The words of <option> are drawn by the system.
      if (!element || !words || !isLooked(element) || element.closest('option, script, style, noscript'))
        continue
      element.scrollIntoView({ block: 'nearest', behavior: 'instant' })
      const range = document.createRange()
      range.selectNodeContents(text)
      const style = getComputedStyle(element)
      const colour = element.closest('svg') ? style.fill : style.color
      check(element, range.getBoundingClientRect(), colour, leastOf(style), `'${words.slice(0, 40)}'`)
    }
    for (const field of document.querySelectorAll<HTMLInputElement>('input, select, textarea')) {
      if (!isLooked(field) || ['checkbox', 'radio', 'range', 'color', 'file'].includes(field.type)) continue
      field.scrollIntoView({ block: 'nearest', behavior: 'instant' })
      const isHint = field.placeholder && !field.value
      const style = getComputedStyle(field, isHint ? '::placeholder' : undefined)
      const what = `field '${field.value || field.placeholder}'`
      check(field, field.getBoundingClientRect(), style.color, leastOf(style), what)
    }
    for (const icon of document.querySelectorAll('button svg, a svg, summary svg')) {
      const control = icon.closest('button, a, summary')!
      if (!isLooked(icon) || control.textContent?.trim()) continue
      icon.scrollIntoView({ block: 'nearest', behavior: 'instant' })
      const { stroke, color } = getComputedStyle(icon)
      const box = icon.getBoundingClientRect()
      check(icon, box, stroke === 'none' ? color : stroke, 3, `the icon of '${control.ariaLabel}'`)
    }
    if (looked === 0) faults.add('the page shows no text at all')
    scrollTo(0, 0)
    return [...faults]
  })
}

/** What a narrow page cuts off or makes people scroll sideways for, and controls too small for a finger. */
export function narrowFaults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const faults: string[] = []
    const width = document.documentElement.clientWidth
    const { scrollWidth } = document.documentElement
    if (scrollWidth > width) faults.push(`the page is ${scrollWidth} px wide, the window ${width}`)
    const scrollsSideways = (element: Element) => {
      for (let one = element.parentElement; one && one !== document.body; one = one.parentElement)
        if (['auto', 'scroll'].includes(getComputedStyle(one).overflowX)) return true
      return false
    }
    for (const control of document.querySelectorAll('a[href], button, input, select, textarea, summary')) {
      if (!control.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue
      const box = control.getBoundingClientRect()
      const isHidden = box.width <= 1 || box.height <= 1
      const name = control.ariaLabel ?? control.textContent?.trim().slice(0, 40) ?? ''
      const what = `${control.tagName.toLowerCase()} '${name}'`
      if (isHidden) continue
      if ((box.left < -1 || box.right > width + 1) && !scrollsSideways(control))
        faults.push(`${what} reaches from ${Math.round(box.left)} to ${Math.round(box.right)} px of ${width}`)
      // WCAG 2.2, target size: 24 by 24 px, but not for links inside of text, and a label counts too.
      const label = control.closest('label') ?? (control as HTMLInputElement).labels?.[0]
      const target = label ? label.getBoundingClientRect() : box
      const isInText = control.tagName === 'A' && getComputedStyle(control).display === 'inline'
      if (!isInText && Math.max(target.width, box.width) < 24)
        faults.push(`${what} is ${box.width.toFixed(1)} px wide, expected 24`)
      if (!isInText && Math.max(target.height, box.height) < 24)
        faults.push(`${what} is ${box.height.toFixed(1)} px high, expected 24`)
    }
    return faults
  })
}

/** Movement that goes on although people asked for none. */
export function motionFaults(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    document
      .getAnimations()
      .filter(({ playState, effect }) => {
        const { duration, iterations } = effect?.getComputedTiming() ?? {}
        return playState === 'running' && Number(duration) > 10 && Number(iterations) > 0
      })
      .map(animation => `something moves: ${(animation as CSSAnimation).animationName ?? animation.id}`),
  )
}

interface Stop {
  /** Number that the walk gave the element; -1 outside of the page's controls. */
  readonly at: number
  readonly name: string
  readonly isSeen: boolean
}

/** Controls that neither Tab nor a key of their own reaches, and those that do not show that they have the focus. */
export async function keyboardFaults(page: Page, longest = 300): Promise<string[]> {
  const total = await page.evaluate(() => {
    const selector =
      'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]:not([tabindex="-1"])'
    const controls = [...document.querySelectorAll<HTMLElement>(selector)].filter(
      control =>
        control.checkVisibility({ visibilityProperty: true }) && !control.closest(':disabled, [inert]'),
    )
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
    for (const [at, control] of controls.entries()) {
      const { outline, boxShadow, borderColor, backgroundColor } = getComputedStyle(control)
      control.dataset['walk'] = String(at)
      control.dataset['walkLook'] = [outline, boxShadow, borderColor, backgroundColor].join('|')
    }
    return controls.length
  })
  const faults: string[] = []
  const reached = new Set<number>()
  for (let presses = 0; presses < Math.min(longest, total + 5) && reached.size < total; presses++) {
    await page.keyboard.press('Tab')
    const { at, name, isSeen } = await page.evaluate((): Stop => {
      const element = document.activeElement as HTMLElement
      const { outline, boxShadow, borderColor, backgroundColor } = getComputedStyle(element)
      const now = [outline, boxShadow, borderColor, backgroundColor].join('|')
      return {
        at: Number(element.dataset['walk'] ?? -1),
        name: element.ariaLabel ?? element.textContent?.trim().slice(0, 40) ?? '',
        isSeen: now !== element.dataset['walkLook'],
      }
    })
    // Outside of the controls, or round to the first again.
    if (at < 0 || reached.has(at)) continue
    reached.add(at)
    if (!isSeen) faults.push(`'${name}' does not show that it has the focus`)
  }
  const missed = await page.evaluate(
    walked =>
      [...document.querySelectorAll<HTMLElement>('[data-walk]')]
        .filter(control => {
          if (walked.includes(Number(control.dataset['walk'])) || control.ariaKeyShortcuts) return false
          if (!control.checkVisibility({ visibilityProperty: true })) return false
          // Inside of these, arrow keys go from one to the next.
          const group = control.closest(
            '[role=radiogroup], [role=tablist], [role=listbox], [role=toolbar], [role=grid], fieldset',
          )
          return ![...(group?.querySelectorAll<HTMLElement>('[data-walk]') ?? [])].some(one =>
            walked.includes(Number(one.dataset['walk'])),
          )
        })
        .map(
          ({ ariaLabel, textContent, outerHTML }) => ariaLabel ?? (textContent || outerHTML.slice(0, 120)),
        ),
    [...reached],
  )
  if (total <= longest) faults.push(...missed.map(name => `neither Tab nor a key reaches '${name}'`))
  return faults
}
