// Elements from values. A value is always text: nothing that a record holds can become an element.

export type Child = Node | string;
export type Attributes = Record<string, string | number | boolean | undefined | ((event: Event) => void)>;

const SVG = 'http://www.w3.org/2000/svg';

/** An HTML element. Functions become listeners; `true` an empty attribute; `false` and `undefined` none. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  return furnish(document.createElement(tag), attributes, children);
}

export function drawing<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[Tag] {
  return furnish(document.createElementNS(SVG, tag), attributes, children);
}

function furnish<E extends Element>(target: E, attributes: Attributes, children: Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') target.addEventListener(name, value);
    else if (value !== undefined && value !== false) target.setAttribute(name, value === true ? '' : String(value));
  }
  target.append(...children);
  return target;
}

/** The place of a section; it is shown as soon as somebody asks for it. */
export function place(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no place ${id}`);
  return found;
}

export function show(id: string, visible: boolean): void {
  const section = place(id).closest('section');
  if (section) section.hidden = !visible;
}

/** Replaces what is in a place; what was scrolled to and what had the focus stay where they were. */
export function redraw(parent: Element, ...children: Child[]): void {
  const regions = () => [...parent.querySelectorAll('[role=group][aria-label]')];
  const nameOf = (region: Element) => region.getAttribute('aria-label') ?? '';
  const before = new Map(regions().map((region) => [nameOf(region), region]));
  const places = new Map([...before].map(([name, { scrollTop, scrollLeft }]) => [name, { scrollTop, scrollLeft }]));
  const focused = regions().find((region) => region === document.activeElement);
  parent.replaceChildren(...children);
  for (const region of regions()) {
    Object.assign(region, places.get(nameOf(region)));
    if (focused && nameOf(region) === nameOf(focused)) (region as HTMLElement).focus({ preventScroll: true });
  }
}

/** Makes these the choices, in this order; what was chosen stays chosen while it is one of them. */
export function offer(choice: HTMLSelectElement, values: string[]): void {
  const offered = [...choice.options].map(({ value }) => value);
  if (offered.join() === values.join()) return;
  const chosen = choice.value;
  choice.replaceChildren(...values.map((value) => element('option', { value }, value)));
  if (values.includes(chosen)) choice.value = chosen;
}

/** A table that scrolls sideways where the screen is narrow. */
export function table(label: string, headings: string[], rows: Child[][]): HTMLElement {
  const head = element('tr', {}, ...headings.map((heading) => element('th', { scope: 'col' }, heading)));
  const body = rows.map((row) => element('tr', {}, ...row.map((cell) => element('td', {}, cell))));
  const whole = element('table', {}, element('thead', {}, head), element('tbody', {}, ...body));
  return element('div', { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': label }, whole);
}

/** Calls `draw` once before the next picture, however often it was asked for. */
export function onceAPicture(draw: () => void): () => void {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      draw();
    });
  };
}

export function clock(milliseconds: number): string {
  return Number.isFinite(milliseconds) && milliseconds > 0 && milliseconds < 8.64e15
    ? new Date(milliseconds).toISOString().slice(11, 23)
    : '(no time)';
}
