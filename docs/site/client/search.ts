// Searches in the page, where no server does.
import { type Found, find, loadIndex } from './search-terms.ts';

async function search(query: string): Promise<void> {
  const response = await fetch('index.json');
  const found = find(loadIndex(await response.text()), query);
  const summary = document.getElementById('summary');
  if (summary) summary.textContent = `${found.length || 'Nothing'} found for “${query}”.`;
  document.getElementById('results')?.replaceChildren(...found.map(item));
}

function item({ page, heading, address, excerpt }: Found): HTMLElement {
  const link = document.createElement('a');
  link.href = `../${address}`;
  link.textContent = heading === page ? page : `${page} › ${heading}`;
  const words = document.createElement('p');
  words.append(...excerpt.map((part, at) => (at % 2 === 1 ? marked(part) : part)));
  const entry = document.createElement('li');
  entry.append(link, words);
  return entry;
}

function marked(text: string): HTMLElement {
  const mark = document.createElement('mark');
  mark.textContent = text;
  return mark;
}

const query = new URLSearchParams(location.search).get('q')?.trim() ?? '';
const field = document.querySelector<HTMLInputElement>('input[name=q]');
if (field) field.value = query;
if (query !== '') void search(query);
