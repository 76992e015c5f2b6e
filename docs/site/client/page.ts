// What a page gains by its script: the theme's switch, keys, copying of code, and where one is in the text.

const root = document.documentElement;

function isDark(): boolean {
  return root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
}

function offerTheme(button: HTMLElement): void {
  const name = () => {
    button.textContent = isDark() ? 'Light' : 'Dark';
  };
  button.hidden = false;
  name();
  button.addEventListener('click', () => {
    root.dataset.theme = isDark() ? 'light' : 'dark';
    localStorage.setItem('theme', root.dataset.theme);
    name();
  });
}

function follow(selector: string): void {
  document.querySelector<HTMLAnchorElement>(selector)?.click();
}

function offerKeys(button: HTMLElement, dialog: HTMLDialogElement): void {
  button.hidden = false;
  button.addEventListener('click', () => dialog.showModal());
  const keys: Record<string, () => void> = {
    '/': () => document.querySelector<HTMLInputElement>('input[name=q]')?.focus(),
    n: () => follow('a[rel=next]'),
    p: () => follow('a[rel=prev]'),
    h: () => follow('a.home'),
    t: () => document.getElementById('theme')?.click(),
    '?': () => dialog.showModal(),
  };
  document.addEventListener('keydown', (event) => {
    const target = event.target as HTMLElement;
    const types = target.matches('input, textarea, select') || target.isContentEditable;
    if (types || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

function offerCopying(figure: HTMLElement): void {
  const code = figure.querySelector('code');
  if (!code || !navigator.clipboard) return;
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'copy';
  button.textContent = 'Copy';
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(code.textContent ?? '');
    button.textContent = 'Copied';
    setTimeout(() => {
      button.textContent = 'Copy';
    }, 1500);
  });
  figure.append(button);
}

/** Marks the entry of the heading that was scrolled to last. */
function followReading(contents: HTMLElement): void {
  const entries = new Map([...contents.querySelectorAll('a')].map((link) => [link.hash.slice(1), link]));
  const observer = new IntersectionObserver(
    (changes) => {
      const seen = changes.find(({ isIntersecting }) => isIntersecting);
      if (!seen) return;
      for (const link of entries.values()) link.removeAttribute('aria-current');
      entries.get(seen.target.id)?.setAttribute('aria-current', 'location');
    },
    { rootMargin: '0px 0px -70% 0px' },
  );
  for (const id of entries.keys()) {
    const heading = document.getElementById(id);
    if (heading) observer.observe(heading);
  }
}

/** A link into a hint opens it. */
function openTarget(): void {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) target.open = true;
}

// On a narrow screen the lists are closed, so that a page begins with its text.
if (matchMedia('(max-width: 60rem)').matches) document.getElementById('menu')?.removeAttribute('open');
if (matchMedia('(max-width: 80rem)').matches) document.getElementById('toc')?.removeAttribute('open');
const [theme, keys, toc] = ['theme', 'keys', 'toc'].map((id) => document.getElementById(id));
const shortcuts = document.getElementById('shortcuts');
if (theme) offerTheme(theme);
if (keys && shortcuts instanceof HTMLDialogElement) offerKeys(keys, shortcuts);
if (toc) followReading(toc);
for (const figure of document.querySelectorAll<HTMLElement>('figure.code')) offerCopying(figure);
openTarget();
addEventListener('hashchange', openTarget);
