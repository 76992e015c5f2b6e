// Draws a diagram of characters as SVG: lines as lines, heads as heads, words in a fixed grid, in the colours of the page.
import { escapeHtml, Html, html } from '../html.ts';
import { type Cell, Grid, type Side } from './grid.ts';

/** One character in units of the drawing; a monospace glyph is 0.6 em wide. */
const WIDTH = 8;
const HEIGHT = 18;
const FONT_SIZE = WIDTH / 0.6;
const MARGIN = 6;
const HEAD = 4.5;

/** The drawing, with its title for whoever cannot see it. */
export function drawDiagram(text: string, title: string): Html {
  const grid = new Grid(text);
  const drawing = new Drawing(grid);
  for (let row = 0; row < grid.rows.length; row++) {
    for (let column = 0; column < grid.width; column++) drawing.add(row, column);
  }
  const [width, height] = [grid.width * WIDTH + 2 * MARGIN, grid.rows.length * HEIGHT + 2 * MARGIN];
  return html`<svg class="drawing" role="img" aria-label="${title}" width="${width}" height="${height}" viewBox="${-MARGIN} ${-MARGIN} ${width} ${height}" font-size="${FONT_SIZE.toFixed(2)}"><path class="lines" d="${drawing.lines}"/><path class="heads" d="${drawing.heads}"/>${wordsOf(grid).map(wordSvg)}</svg>`;
}

class Drawing {
  lines = '';
  heads = '';
  readonly #grid: Grid;

  constructor(grid: Grid) {
    this.#grid = grid;
  }

  add(row: number, column: number): void {
    const cell = this.#grid.cell(row, column);
    if (cell.kind === 'stroke') this.#stroke(row, column, cell.sides, cell.round);
    else if (cell.kind === 'head') this.#head(row, column, cell.towards);
    else if (cell.kind === 'dot') this.#dot(row, column, cell.sides);
  }

  #stroke(row: number, column: number, sides: Side[], round: boolean): void {
    const { x, y } = centre(row, column);
    if (round && sides.length === 2) {
      const [from, to] = sides.map((side) => this.#reach(row, column, side));
      this.lines += `M${from}Q${x} ${y} ${to}`;
      return;
    }
    if (sides.join('') === 'ew') this.#horizontal(row, column);
    else if (sides.join('') === 'ns') this.#vertical(row, column);
    else for (const side of sides) this.lines += `M${x} ${y}L${this.#reach(row, column, side)}`;
  }

  /** A run of equal cells is one line, drawn at its first. */
  #horizontal(row: number, column: number): void {
    const runs = (at: number) => isStroke(this.#grid.cell(row, at), 'ew');
    if (runs(column - 1)) return;
    let end = column;
    while (runs(end + 1)) end++;
    this.lines += `M${this.#reach(row, column, 'w')}L${this.#reach(row, end, 'e')}`;
  }

  #vertical(row: number, column: number): void {
    const runs = (at: number) => isStroke(this.#grid.cell(at, column), 'ns');
    if (runs(row - 1)) return;
    let end = row;
    while (runs(end + 1)) end++;
    this.lines += `M${this.#reach(row, column, 'n')}L${this.#reach(end, column, 's')}`;
  }

  #head(row: number, column: number, towards: Side): void {
    const tip = this.#reach(row, column, towards);
    const [tipX = 0, tipY = 0] = tip.split(' ').map(Number);
    this.lines += `M${this.#reach(row, column, opposite(towards))}L${tip}`;
    const back = 2 * HEAD;
    const corners = {
      e: `L${tipX - back} ${tipY - HEAD}V${tipY + HEAD}`,
      w: `L${tipX + back} ${tipY - HEAD}V${tipY + HEAD}`,
      n: `L${tipX - HEAD} ${tipY + back}H${tipX + HEAD}`,
      s: `L${tipX - HEAD} ${tipY - back}H${tipX + HEAD}`,
    };
    this.heads += `M${tip}${corners[towards]}Z`;
  }

  #dot(row: number, column: number, sides: Side[]): void {
    const { x, y } = centre(row, column);
    this.heads += `M${x - HEAD} ${y}a${HEAD} ${HEAD} 0 1 0 ${2 * HEAD} 0a${HEAD} ${HEAD} 0 1 0 ${-2 * HEAD} 0Z`;
    for (const side of sides) this.lines += `M${x} ${y}L${this.#reach(row, column, side)}`;
  }

  /** Where a stroke leaves its cell: at the edge, or as far as the line that it meets crosswise. */
  #reach(row: number, column: number, side: Side): string {
    const { x, y } = centre(row, column);
    const step = side === 'e' || side === 's' ? 1 : -1;
    if (side === 'e' || side === 'w') {
      const beside = this.#grid.cell(row, column + step);
      const meets = isStroke(beside, 'ns');
      return `${x + step * (meets ? WIDTH : WIDTH / 2)} ${y}`;
    }
    const next = this.#grid.cell(row + step, column);
    const meets = isStroke(next, 'ew');
    return `${x} ${y + step * (meets ? HEIGHT : HEIGHT / 2)}`;
  }
}

function centre(row: number, column: number): { x: number; y: number } {
  return { x: column * WIDTH + WIDTH / 2, y: row * HEIGHT + HEIGHT / 2 };
}

function isStroke(cell: Cell, sides: string): boolean {
  return cell.kind === 'stroke' && cell.sides.join('') === sides;
}

function opposite(side: Side): Side {
  return ({ n: 's', s: 'n', e: 'w', w: 'e' } as const)[side];
}

interface Word {
  row: number;
  column: number;
  text: string;
}

/** What is written in the diagram, split where two spaces or a line are. */
function wordsOf(grid: Grid): Word[] {
  return grid.rows.flatMap((line, row) => {
    const written = [...line].map((character, column) => (grid.cell(row, column).kind === 'text' ? character : '\0'));
    return [...written.join('').matchAll(/[^\s\0]+(?: [^\s\0]+)*/g)].map(({ 0: text, index: column }) => ({
      row,
      column,
      text,
    }));
  });
}

/** The length is given, so that the words keep to the grid in any font. */
function wordSvg({ row, column, text }: Word): Html {
  const baseline = row * HEIGHT + HEIGHT / 2 + FONT_SIZE * 0.34;
  return new Html(
    `<text x="${column * WIDTH}" y="${baseline.toFixed(1)}" textLength="${text.length * WIDTH}" lengthAdjust="spacingAndGlyphs">${escapeHtml(text)}</text>`,
  );
}
